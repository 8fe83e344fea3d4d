//! Synthetic blocks as the published presets have them: storeys of rooms along a corridor, stairs,
//! a lift, and exits on the ground floor. The generator is a recipe with its own random numbers,
//! so that the same seed is the same building in every language.

use jikimi::domain::PassageKind;
use jikimi::evacuate::{Graph, Node, NodeKind, Pace, Way};

/// How a block is built.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    pub floors: usize,
    pub rooms: usize,
    pub stairs: usize,
    pub blocks: usize,
    pub seed: u64,
    /// Every how many stairs one has its own door outside.
    pub exit_every: usize,
}

pub const PRESET_200: Block =
    Block { floors: 4, rooms: 30, stairs: 2, blocks: 1, seed: 1, exit_every: 2 };
pub const PRESET_5K: Block = Block { floors: 27, rooms: 120, stairs: 4, ..PRESET_200 };

struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(3_037_000_493))
    }

    fn next(&mut self) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap()
    }

    fn below(&mut self, n: u32) -> u32 {
        self.next() % n
    }

    fn unit(&mut self) -> f64 {
        f64::from(self.next()) / f64::from(1_u32 << 31)
    }
}

/// Persons/(m s), boundary layer in m, and m/s.
type Law = (f64, f64, f64);
const LEVEL: Law = (1.32, 0.15, 1.19);
const CORRIDOR: Law = (1.32, 0.20, 1.19);
const STAIRS: Law = (1.01, 0.15, 0.86);

#[derive(Default)]
struct Plot {
    nodes: Vec<Node>,
    ways: Vec<Way>,
}

impl Plot {
    fn node(&mut self, kind: NodeKind, people: u32) -> u32 {
        let people = f64::from(people);
        self.nodes.push(Node { kind, people, ..Node::default() });
        u32::try_from(self.nodes.len()).unwrap() - 1
    }

    fn inside(&mut self) -> u32 {
        self.node(NodeKind::Inside, 0)
    }

    fn join(&mut self, one: u32, other: u32, kind: PassageKind, law: Law, size: (f64, f64)) {
        let ((flow, border, speed), (length_m, clear_width_m)) = (law, size);
        let per_s = match kind {
            PassageKind::Lift => 0.2,
            _ => flow * (clear_width_m - 2.0 * border).max(0.3),
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let ms = (length_m / speed * 1000.0).round() as u32;
        let pace = Pace { ms, per_s };
        let between = [one.min(other), one.max(other)];
        let barrier_free = kind != PassageKind::Stairs;
        let way =
            Way { between, kind, length_m, clear_width_m, forth: pace, back: pace, barrier_free };
        self.ways.push(way);
    }
}

impl Block {
    /// Where along the corridor the stairs are.
    fn stairs_at(&self, corridor: usize) -> Vec<usize> {
        let apart = self.stairs.saturating_sub(1).max(1);
        let mut at: Vec<usize> = (0..self.stairs)
            .map(|stair| {
                // To even, as the recipe rounds.
                let (whole, rest) =
                    (stair * (corridor - 1) / apart, stair * (corridor - 1) % apart);
                let up = rest * 2 > apart || (rest * 2 == apart && whole % 2 == 1);
                (whole + usize::from(up)).min(corridor - 1)
            })
            .collect();
        at.sort_unstable();
        at.dedup();
        at
    }

    pub fn graph(&self) -> Graph {
        let (mut plot, mut random) = (Plot::default(), Random::new(self.seed));
        let mut beside = None;
        for _ in 0..self.blocks {
            self.block(&mut plot, &mut random, &mut beside);
        }
        Graph::new(plot.nodes, plot.ways).unwrap()
    }

    fn block(&self, plot: &mut Plot, random: &mut Random, beside: &mut Option<u32>) {
        let length = (self.rooms / 2).max(2);
        let stairs_at = self.stairs_at(length);
        let widths: Vec<f64> =
            stairs_at.iter().map(|_| 1.2 + 0.1 * f64::from(random.below(5))).collect();
        let (mut below, mut lift_below): (Vec<u32>, Option<u32>) = (Vec::new(), None);
        for floor in 0..self.floors {
            let corridor = self.storey(plot, random, length);
            let landings: Vec<u32> = stairs_at.iter().map(|_| plot.inside()).collect();
            for (landing, at) in landings.iter().zip(&stairs_at) {
                plot.join(*landing, corridor[*at], PassageKind::Door, LEVEL, (3.0, 1.0));
            }
            for ((low, high), width) in below.iter().zip(&landings).zip(&widths) {
                plot.join(*low, *high, PassageKind::Stairs, STAIRS, (3.6 / 0.537, *width));
            }
            let lift = plot.inside();
            plot.join(lift, corridor[length / 2], PassageKind::Door, LEVEL, (3.0, 1.1));
            if let Some(low) = lift_below.replace(lift) {
                plot.join(low, lift, PassageKind::Lift, (0.0, 0.0, 1.75), (3.6, 1.1));
            }
            if floor == 0 {
                self.ground(plot, &corridor, &landings, beside);
            }
            below = landings;
        }
    }

    fn storey(&self, plot: &mut Plot, random: &mut Random, length: usize) -> Vec<u32> {
        let corridor: Vec<u32> = (0..length).map(|_| plot.inside()).collect();
        let width = 1.5 + 0.1 * f64::from(random.below(10));
        for pair in corridor.windows(2) {
            plot.join(pair[0], pair[1], PassageKind::Opening, CORRIDOR, (4.0, width));
        }
        for room in 0..self.rooms {
            let people = random.below(5);
            if people > 0 {
                random.below(100);
            }
            let door = plot.node(NodeKind::Inside, people);
            let length_m = 3.0 + 4.0 * random.unit();
            let at = corridor[(room / 2).min(length - 1)];
            plot.join(door, at, PassageKind::Door, LEVEL, (length_m, 0.9));
        }
        corridor
    }

    fn ground(
        &self,
        plot: &mut Plot,
        corridor: &[u32],
        landings: &[u32],
        beside: &mut Option<u32>,
    ) {
        for landing in landings.iter().step_by(self.exit_every) {
            let exit = plot.node(NodeKind::Exit, 0);
            plot.join(*landing, exit, PassageKind::Door, LEVEL, (5.0, 1.2));
        }
        let exit = plot.node(NodeKind::Exit, 0);
        plot.join(corridor[0], exit, PassageKind::Door, LEVEL, (6.0, 1.8));
        if let Some(other) = beside.replace(corridor[corridor.len() - 1]) {
            plot.join(other, corridor[0], PassageKind::Opening, CORRIDOR, (25.0, 3.0));
        }
    }
}
