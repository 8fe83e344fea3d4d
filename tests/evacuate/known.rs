//! The network cases of RiMEA and IMO, with the answers that are published for them.
//!
//! A case gives speeds and flows; where it leaves the flow open, the laws of the circular are
//! taken (clear width, no boundary layer), and what our own laws make of it is printed beside.

use std::time::Duration;

use jikimi::domain::PassageKind;
use jikimi::evacuate::flow::{Climb, capacity_per_s, walking_m_per_s, walking_ms};
use jikimi::evacuate::imo::Passage;
use jikimi::evacuate::load::{Arrivals, Release, load_released};
use jikimi::evacuate::{
    Budget, Forest, Graph, LEVEL_M_PER_S, Loaded, Mask, Node, NodeKind, Pace, Profile, Signage,
    Way, load, plan,
};

/// A case while it is drawn.
#[derive(Default)]
pub struct Case {
    nodes: Vec<Node>,
    ways: Vec<Way>,
}

impl Case {
    pub fn exit(&mut self) -> u32 {
        self.node(NodeKind::Exit, 0.0)
    }

    pub fn room(&mut self, people: f64) -> u32 {
        self.node(NodeKind::Inside, people)
    }

    fn node(&mut self, kind: NodeKind, people: f64) -> u32 {
        self.nodes.push(Node { kind, people, ..Node::default() });
        u32::try_from(self.nodes.len() - 1).unwrap()
    }

    /// A way that takes so long and lets so many persons a second through; its index.
    pub fn way(&mut self, between: [u32; 2], seconds: f64, per_s: f64) -> usize {
        let pace = Pace { ms: walking_ms(seconds, 1.0), per_s };
        let (kind, length_m, clear_width_m) = (PassageKind::Opening, seconds, 1.0);
        let (forth, back) = (pace, pace);
        let barrier_free = true;
        self.ways.push(Way { between, kind, length_m, clear_width_m, forth, back, barrier_free });
        self.ways.len() - 1
    }

    pub fn graph(self) -> Graph {
        Graph::new(self.nodes, self.ways).unwrap()
    }
}

fn nearest(graph: &Graph) -> Forest {
    Forest::grow(graph, &Mask::open(graph))
}

fn planned(graph: &Graph, mask: &Mask) -> Signage {
    plan(graph, mask, &Forest::grow(graph, mask), &[], Budget::of(graph.len()))
}

/// How many came to an exit.
fn came(loaded: &Loaded, exit: u32) -> f64 {
    let arrivals = loaded.arrivals.iter().find(|arrivals| arrivals.node == exit as usize);
    arrivals.map_or(0.0, people)
}

fn people(arrivals: &Arrivals) -> f64 {
    let pairs = arrivals.curve.windows(2);
    let flowed = pairs.map(|pair| rate(pair[0].rate) * (pair[1].ms - pair[0].ms) / 1000.0);
    arrivals.there + flowed.sum::<f64>()
}

/// Persons a second.
#[expect(clippy::cast_precision_loss, reason = "rates are far below 2^52")]
fn rate(micro: i64) -> f64 {
    micro as f64 / 1e6
}

fn seconds(ms: u64) -> f64 {
    Duration::from_millis(ms).as_secs_f64()
}

#[track_caller]
fn within(value: f64, least: f64, most: f64) {
    assert!((least..=most).contains(&value), "{value} is not within {least} and {most}");
}

/// One person through one way: the walk, and the one headway that a flow of one person is.
fn walk_s(length_m: f64, m_per_s: f64, per_s: f64) -> f64 {
    let mut case = Case::default();
    let (out, room) = (case.exit(), case.room(1.0));
    case.way([room, out], length_m / m_per_s, per_s);
    let graph = case.graph();
    seconds(load(&graph, &nearest(&graph)).clearing_ms)
}

#[test]
fn rimea_1_forty_metres_of_corridor_take_half_a_minute() {
    let corridor = Passage::Corridor.capacity_per_s(2.0);
    let headway = 1.0 / corridor;
    let rimea = walk_s(40.0, 1.33, corridor);
    within(rimea, 40.0 / 1.33, 40.0 / 1.33 + headway + 0.001);
    within(rimea, 26.0, 34.0);
    within(walk_s(40.0, 1.0, corridor), 40.0, 40.0 + headway + 0.001);
    let ours = 40.0 / LEVEL_M_PER_S;
    println!("rimea 1: {rimea:.1} s (26 to 34); at our own {LEVEL_M_PER_S} m/s {ours:.1} s");
    within(ours, 26.0, 34.0);
}

#[test]
fn rimea_2_and_3_a_stair_takes_its_length_over_its_speed() {
    for (passage, climb) in [(Passage::StairsUp, Climb::Up), (Passage::StairsDown, Climb::Down)] {
        let stair = passage.capacity_per_s(2.0);
        let set = walk_s(10.0, 1.0, stair);
        within(set, 10.0, 10.0 + 1.0 / stair + 0.001);
        let speed = walking_m_per_s(PassageKind::Stairs, climb);
        let alone = passage.speed_m_per_s(0.0);
        println!("rimea 2, 3: {set:.1} s at 1.0 m/s; {:.1} s at our {speed} m/s", 10.0 / speed);
        assert!((speed - alone).abs() < 1e-9, "{climb:?}: {speed} instead of {alone} m/s");
    }
}

#[test]
fn rimea_5_everyone_starts_at_their_own_time() {
    let mut case = Case::default();
    let (out, room) = (case.exit(), case.room(0.0));
    case.way([room, out], 4.0, 10.0);
    let graph = case.graph();
    let release = |n: u32| Release { node: room as usize, ms: n * 10_000, people: 1.0 };
    let releases: Vec<Release> = (1..=10).map(release).collect();
    let loaded = load_released(&graph, &nearest(&graph), &releases);
    let starts: Vec<f64> = loaded.arrivals[0]
        .curve
        .iter()
        .filter(|step| step.rate > 0)
        .map(|step| step.ms / 1000.0 - 4.0)
        .collect();
    let expected: Vec<f64> = (1..=10).map(|n| f64::from(n) * 10.0).collect();
    assert_eq!(starts, expected);
    within(seconds(loaded.clearing_ms), 104.0, 104.2);
}

/// Speeds on the level of the RiMEA guideline, by age: least and most, in m/s.
const AGES: [(&str, f64, f64); 4] = [
    ("below 30", 0.58, 1.61),
    ("30 to 50", 1.41, 1.54),
    ("above 50", 0.68, 1.41),
    ("limited mobility", 0.46, 0.76),
];

#[test]
fn rimea_7_four_groups_of_fifty_walk_within_their_table() {
    for (age, least, most) in AGES {
        let mut case = Case::default();
        let out = case.exit();
        for n in 0..50 {
            let speed = least + (most - least) * f64::from(n) / 49.0;
            let room = case.room(1.0);
            case.way([room, out], 40.0 / speed, 1000.0);
        }
        let graph = case.graph();
        let loaded = load(&graph, &nearest(&graph));
        let first = loaded.arrivals[0].curve[0].ms / 1000.0;
        within(first, 40.0 / most - 0.001, 40.0 / most + 0.002);
        let last = seconds(loaded.clearing_ms);
        within(last, 40.0 / least, 40.0 / least + 0.003);
        println!("rimea 7: {age} {first:.1} to {last:.1} s over 40 m");
    }
    // Our own profiles lie in the table too; whoever walks alone is promised no faster walk than
    // the slowest of those between 30 and 50.
    let level = |profile: Profile| profile.speeds_m_per_s().0;
    for (profile, [below, _, above, limited]) in Profile::ALL.map(|profile| (profile, AGES)) {
        let (_, least, most) = match profile {
            Profile::Walking | Profile::Staff => below,
            Profile::Slow | Profile::VisuallyImpaired => above,
            Profile::Wheelchair | Profile::Assisted => limited,
        };
        within(level(profile), least, most);
    }
    assert!(level(Profile::Walking) < AGES[1].1);
}

#[test]
fn imo_4_a_metre_of_door_lets_at_most_one_and_a_third_through() {
    let through = |per_s: f64| {
        let mut case = Case::default();
        let (out, room) = (case.exit(), case.room(100.0));
        case.way([room, out], 2.0, per_s);
        let graph = case.graph();
        let loaded = load(&graph, &nearest(&graph));
        let most = loaded.arrivals[0].curve.iter().map(|step| rate(step.rate));
        (seconds(loaded.clearing_ms), most.fold(0.0, f64::max))
    };
    let (clearing, flow) = through(1.33);
    within(flow, 1.329, 1.33);
    within(clearing, 75.2, 75.2 + 2.0 + 1.0 / 1.33);
    let ours = capacity_per_s(PassageKind::Door, 1.0, Climb::Level);
    let (clearing, flow) = through(ours);
    println!("imo 4: by our laws {flow:.2} persons/s and {clearing:.1} s (at least 75.2 s)");
    assert!(flow <= 1.33 && clearing >= 75.2);
}

/// A hall of four quarters of 250, each with a door; two of the doors closed in the end.
fn rimea_9(per_s: f64, walk_s: f64) -> [f64; 2] {
    let mut case = Case::default();
    let exits = [(); 4].map(|()| case.exit());
    let quarters = [(); 4].map(|()| case.room(250.0));
    let doors: Vec<usize> = quarters
        .iter()
        .zip(exits)
        .map(|(room, out)| case.way([*room, out], walk_s, per_s))
        .collect();
    for (one, other) in [(0, 1), (1, 2), (2, 3), (3, 0)] {
        let across = Passage::Corridor.capacity_per_s(10.0);
        case.way([quarters[one], quarters[other]], 10.0, across);
    }
    let graph = case.graph();
    let open = Mask::open(&graph);
    let mut two = open.clone();
    for door in &doors[2..] {
        two.shut(*door);
    }
    [open, two].map(|mask| seconds(planned(&graph, &mask).clearing_ms))
}

#[test]
fn rimea_9_with_half_the_doors_a_thousand_take_twice_as_long() {
    let walk = 6.0;
    let [four, two] = rimea_9(1.33, walk);
    // 1,000 / (4 · 1.33) and 1,000 / (2 · 1.33), clear width, and the walk to the doors.
    within(four, 188.0, 188.0 + walk + 1.0);
    within(two, 376.0, 376.0 + walk + 10.0 + 1.0);
    within(two / four, 1.9, 2.1);
    let ours = capacity_per_s(PassageKind::Door, 1.0, Climb::Level);
    let [four, two] = rimea_9(ours, walk);
    println!("rimea 9: by our effective width {four:.0} and {two:.0} s (271 and 541 s)");
    within(four, 271.0, 271.0 + walk + 1.5);
    within(two, 541.0, 543.0 + walk + 10.0 + 1.5);
}

#[test]
fn rimea_10_cabins_use_the_exit_that_is_theirs() {
    let mut case = Case::default();
    let (main, secondary) = (case.exit(), case.exit());
    // A corridor from the main exit to the secondary, and two cabins at each of six places.
    let corridor = [(); 6].map(|()| case.room(0.0));
    for pair in corridor.windows(2) {
        case.way([pair[0], pair[1]], 4.0, 2.0);
    }
    case.way([corridor[0], main], 2.0, 1.3);
    case.way([corridor[5], secondary], 10.0, 1.3);
    let mut cabins = Vec::new();
    for n in 0..12 {
        let cabin = case.room(if n == 0 { 1.0 } else { 2.0 });
        case.way([cabin, corridor[n / 2]], 3.0, 0.9);
        cabins.push(cabin);
    }
    let graph = case.graph();
    let forest = nearest(&graph);
    let loaded = load(&graph, &forest);
    assert_eq!((came(&loaded, main).round(), came(&loaded, secondary).round()), (15.0, 8.0));
    // Signs for everyone together leave it so: no queue is worth a way round.
    let signage = planned(&graph, &Mask::open(&graph));
    let again = load(&graph, &signage.forest);
    assert!(signage.clearing_ms <= loaded.clearing_ms);
    within(came(&again, main), 13.0, 17.0);
}

#[test]
fn rimea_11_in_a_jam_some_take_the_exit_that_is_farther() {
    let mut case = Case::default();
    let (near, far) = (case.exit(), case.exit());
    let row: Vec<u32> = (0..10).map(|n| case.room(if n < 5 { 200.0 } else { 0.0 })).collect();
    for pair in row.windows(2) {
        case.way([pair[0], pair[1]], 4.0, Passage::Corridor.capacity_per_s(10.0));
    }
    case.way([row[0], near], 3.0, 1.3);
    case.way([row[9], far], 3.0, 1.3);
    let graph = case.graph();
    let first = load(&graph, &nearest(&graph));
    within(came(&first, near), 999.0, 1001.0);
    let signage = planned(&graph, &Mask::open(&graph));
    let loaded = load(&graph, &signage.forest);
    let (near, far) = (came(&loaded, near), came(&loaded, far));
    println!(
        "rimea 11: {near:.0} to the nearest exit and {far:.0} to the other; {:.0} s instead of \
         {:.0} s, bound {:.0} s",
        seconds(signage.clearing_ms),
        seconds(first.clearing_ms),
        seconds(signage.bound_ms)
    );
    assert!(near > far && far > 0.0);
    assert!(signage.clearing_ms < first.clearing_ms && signage.clearing_ms >= signage.bound_ms);
}

#[test]
fn rimea_12_the_jam_is_before_the_first_bottleneck_only() {
    let mut case = Case::default();
    let bottleneck = Passage::Corridor.capacity_per_s(1.0);
    let (out, room) = (case.exit(), case.room(150.0));
    let (neck, corridor) = (case.room(0.0), case.room(0.0));
    case.way([room, neck], 4.0, bottleneck);
    case.way([neck, corridor], 8.0, Passage::Corridor.capacity_per_s(10.0));
    case.way([corridor, out], 1.0, bottleneck);
    let graph = case.graph();
    let loaded = load(&graph, &nearest(&graph));
    within(loaded.queues[room as usize].peak, 149.0, 150.0);
    assert!(loaded.queues[neck as usize].peak < 0.001);
    assert!(loaded.queues[corridor as usize].peak < 0.001);
    let flow = loaded.arrivals[0].curve.iter().map(|step| rate(step.rate)).fold(0.0, f64::max);
    assert!(flow <= bottleneck + 1e-6, "{flow} at the exit, {bottleneck} in the bottleneck");
    within(seconds(loaded.clearing_ms), 150.0 / bottleneck + 13.0, 150.0 / bottleneck + 14.0);
}

#[test]
fn rimea_13_people_wait_at_the_foot_of_a_stair() {
    let mut case = Case::default();
    let (level, stair) =
        (Passage::Corridor.capacity_per_s(2.0), Passage::StairsUp.capacity_per_s(2.0));
    let (out, room, foot) = (case.exit(), case.room(150.0), case.room(0.0));
    case.way([room, foot], 12.0 / 1.2, level);
    case.way([foot, out], 10.0, stair);
    let graph = case.graph();
    let loaded = load(&graph, &nearest(&graph));
    // They come at 2.6 and leave at 1.76 a second, until all 150 are there.
    let waiting = 150.0 * (1.0 - stair / level);
    within(loaded.queues[foot as usize].peak, waiting - 1.0, waiting + 1.0);
    let flow = loaded.arrivals[0].curve.iter().map(|step| rate(step.rate)).fold(0.0, f64::max);
    assert!(flow <= stair + 1e-6 && stair < level);
    let ours = |kind, climb| capacity_per_s(kind, 2.0, climb);
    assert!(ours(PassageKind::Stairs, Climb::Up) < ours(PassageKind::Opening, Climb::Level));
    println!("rimea 13: {:.0} wait at the foot", loaded.queues[foot as usize].peak);
}

#[test]
fn the_worked_example_of_circular_1166_comes_out_to_the_second() {
    use Passage::{Corridor, Door, StairsDown};
    // What is walked, how long and how wide it is, how many come; the seconds of the walk and of
    // the flow that the example prints.
    let rows = [
        (Door, None, 1.4, 165.0, None, 91.0),
        (Corridor, Some(14.0), 4.2, 165.0, Some(21.0), 30.0),
        (StairsDown, Some(4.7), 3.5, 165.0, Some(9.0), 43.0),
        (Corridor, Some(14.0), 3.0, 200.0, Some(21.0), 51.0),
        (Door, None, 1.4, 100.0, None, 55.0),
    ];
    for (passage, length_m, width_m, people, walk_s, flow_s) in rows {
        let walked = length_m.map(|length_m| passage.walk_s(length_m));
        assert_eq!(walked.map(f64::round), walk_s, "{passage:?} of {length_m:?} m");
        let per_s = passage.capacity_per_s(width_m);
        // The same as a network: a crowd, and one way of that capacity.
        let mut case = Case::default();
        let (out, room) = (case.exit(), case.room(people));
        case.way([room, out], walked.unwrap_or(0.001), per_s);
        let graph = case.graph();
        let taken = seconds(load(&graph, &nearest(&graph)).clearing_ms);
        let flowed = taken - walked.unwrap_or(0.001);
        assert!((flowed - flow_s).abs() <= 0.5 + 0.002, "{passage:?}: {flowed} and not {flow_s}");
        assert!((flowed - people / per_s).abs() < 0.003);
    }
    assert!((Door.capacity_per_s(1.4) - 1.82).abs() < 1e-9);
}
