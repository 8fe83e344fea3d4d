//! How long everyone takes: against people one by one, against every possible forest of small
//! buildings, and against what no plan can beat.

use jikimi::domain::PassageKind;
use jikimi::evacuate::load::everyone;
use jikimi::evacuate::spill::load_spilling;
use jikimi::evacuate::{
    Budget, Forest, Graph, Mask, NEVER, Next, Node, NodeKind, Pace, Signage, Way, bound_ms, load,
    plan,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::blocks::{Block, PRESET_5K, PRESET_200};
use crate::persons::{Crowd, clearing_ms, longest_headway_ms};

fn best(graph: &Graph, mask: &Mask, budget: Budget) -> (Forest, Signage) {
    let first = Forest::grow(graph, mask);
    let signage = plan(graph, mask, &first, &[], budget);
    (first, signage)
}

fn random_graph(random: &mut ChaCha8Rng, nodes: u32, exits: u32) -> Graph {
    let node = |n: u32, random: &mut ChaCha8Rng| match n < exits {
        true => Node { kind: NodeKind::Exit, ..Node::default() },
        false => Node { people: f64::from(random.random_range(0..12_u32)), ..Node::default() },
    };
    let all = (0..nodes).map(|n| node(n, random)).collect();
    let way = |one: u32, other: u32, random: &mut ChaCha8Rng| {
        let per_s = [0.5, 1.0, 1.0, 1.5, 2.0][random.random_range(0..5)];
        let ms = random.random_range(1..20) * 1000;
        let pace = Pace { ms, per_s };
        let (length_m, clear_width_m) = (f64::from(ms) / 1000.0, per_s);
        let (kind, between) = (PassageKind::Door, [one, other]);
        Way { between, kind, length_m, clear_width_m, forth: pace, back: pace, barrier_free: true }
    };
    let mut ways: Vec<Way> =
        (1..nodes).map(|n| way(random.random_range(0..n), n, random)).collect();
    for _ in 0..random.random_range(1..nodes) {
        let (one, other) = (random.random_range(0..nodes), random.random_range(0..nodes));
        if one != other {
            ways.push(way(one, other, random));
        }
    }
    Graph::new(all, ways).unwrap()
}

/// Some forest, by random prices.
fn random_forest(graph: &Graph, random: &mut ChaCha8Rng) -> Forest {
    let priced = graph.ways().iter().map(|way| {
        let ms = random.random_range(1..30_000);
        Way { forth: Pace { ms, ..way.forth }, back: Pace { ms, ..way.back }, ..*way }
    });
    let other = Graph::new(graph.nodes().to_vec(), priced.collect()).unwrap();
    let grown = Forest::grow(&other, &Mask::open(&other));
    // The same links stand at the same places only if rows are sorted alike, which they are.
    assert!(other.links().iter().zip(graph.links()).all(|(a, b)| (a.to, a.way) == (b.to, b.way)));
    grown
}

#[test]
fn the_fluid_is_within_a_headway_of_people_one_by_one() {
    for seed in 0..400 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let nodes = random.random_range(4..40);
        let graph = random_graph(&mut random, nodes, 2);
        let forest = random_forest(&graph, &mut random);
        near(&format!("seed {seed}"), &graph, &forest);
    }
    for (name, block) in [("200", PRESET_200), ("5k", PRESET_5K)] {
        let graph = block.graph();
        near(name, &graph, &Forest::grow(&graph, &Mask::open(&graph)));
    }
}

#[track_caller]
#[expect(clippy::cast_precision_loss, reason = "times of a building")]
fn near(what: &str, graph: &Graph, forest: &Forest) {
    let (fluid, persons) = (load(graph, forest).clearing_ms, clearing_ms(graph, forest));
    let apart = (fluid as f64 - persons as f64).abs();
    let headway = longest_headway_ms(graph, forest);
    assert!(apart <= headway + 10.0, "{what}: {fluid} and {persons} ms, a headway is {headway}");
}

#[test]
fn a_full_stair_holds_up_its_landing_as_people_one_by_one_do() {
    let (mut most, mut spilled) = (0.0_f64, 0);
    for seed in 0..60 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let nodes = random.random_range(4..14);
        let mut graph = random_graph(&mut random, nodes, 1);
        // So many that it is the crowd that takes the time, and not one headway here and there.
        for node in 1..graph.len() {
            graph.set_people(node, graph.nodes()[node].people * 10.0);
        }
        let forest = random_forest(&graph, &mut random);
        let fluid = load_spilling(&graph, &forest, &everyone(&graph));
        let persons = Crowd::new(&graph, &forest).clearing_ms();
        if persons == 0 {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "times of a building")]
        let (fluid_ms, persons_ms) = (fluid.clearing_ms as f64, persons as f64);
        let headway = longest_headway_ms(&graph, &forest);
        let apart = (fluid_ms - persons_ms).abs();
        assert!(
            apart <= 0.05 * persons_ms + headway,
            "seed {seed}: {fluid_ms} and {persons_ms} ms, a headway is {headway}"
        );
        most = most.max((apart - headway).max(0.0) / persons_ms);
        let plain = load(&graph, &forest);
        spilled += u32::from(fluid.mean_ms > plain.mean_ms + 1.0);
    }
    println!("at most {:.1} % beyond a headway; {spilled} of 60 spilled", most * 100.0);
    assert!(spilled > 20, "storage has to matter: {spilled}");
}

/// A stair that holds ten people, with a door behind it that lets one through every four seconds.
#[test]
fn people_stand_where_there_is_room() {
    let inside = |people| Node { people, ..Node::default() };
    let exit = Node { kind: NodeKind::Exit, ..Node::default() };
    let way = |between, per_s, length_m| {
        let pace = Pace { ms: 2000, per_s };
        let (kind, clear_width_m) = (PassageKind::Door, 1.0);
        Way { between, kind, length_m, clear_width_m, forth: pace, back: pace, barrier_free: true }
    };
    let stair = way([1, 2], 1.0, 10.0 / 3.5);
    let nodes = vec![inside(100.0), inside(0.0), inside(0.0), exit];
    let graph =
        Graph::new(nodes, vec![way([0, 1], 1.0, 2.0), stair, way([2, 3], 0.25, 2.0)]).unwrap();
    let forest = Forest::grow(&graph, &Mask::open(&graph));
    let plain = load(&graph, &forest);
    let spilling = load_spilling(&graph, &forest, &everyone(&graph));
    assert!(plain.queues[2].peak > 60.0, "without limits all wait at the door");
    assert!(spilling.queues[2].peak <= 10.0 + 1e-6, "{:?}", spilling.queues[2]);
    // Seven stand in 2 m by 1 m, half a one of them still walking.
    assert!((6.0..=7.0).contains(&spilling.queues[1].peak), "{:?}", spilling.queues[1]);
    assert!(spilling.clearing_ms.abs_diff(plain.clearing_ms) <= 1, "the door decides all the same");
}

/// Every forest of a small building, loaded person by person.
fn best_of_all(graph: &Graph) -> u64 {
    let inner: Vec<usize> = (0..graph.len()).filter(|node| !graph.is_exit(*node)).collect();
    let mut forest = Forest::grow(graph, &Mask::open(graph));
    let mut best = u64::MAX;
    let mut at = vec![0; inner.len()];
    loop {
        for (node, choice) in inner.iter().zip(&at) {
            let link = graph.row(*node).start + choice;
            forest.next[*node] = Next::Link(u32::try_from(link).unwrap());
        }
        if forest.inward_first(graph).is_some() {
            best = best.min(clearing_ms(graph, &forest));
        }
        let mut digit = 0;
        loop {
            let Some(node) = inner.get(digit) else { return best };
            at[digit] += 1;
            if at[digit] < graph.row(*node).len() {
                break;
            }
            at[digit] = 0;
            digit += 1;
        }
    }
}

#[test]
fn signs_of_small_buildings_are_nearly_the_best_of_all() {
    let (mut sum, mut count, mut worst) = (0.0, 0.0, 1.0_f64);
    for seed in 0..60 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let nodes = random.random_range(4..8);
        let graph = random_graph(&mut random, nodes, 2);
        let mask = Mask::open(&graph);
        let (_, signage) = best(&graph, &mask, Budget::of(graph.len()));
        let (ours, all) = (clearing_ms(&graph, &signage.forest), best_of_all(&graph));
        if all == 0 {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "times of a building")]
        let ratio = ours as f64 / all as f64;
        assert!(ratio >= 1.0, "seed {seed}: the best of all is not the best");
        (sum, count, worst) = (sum + ratio, count + 1.0, worst.max(ratio));
    }
    let mean = sum / count;
    println!("{count} buildings: mean {mean:.4}, worst {worst:.3} of the best forest");
    assert!(mean <= 1.02, "{mean}");
}

/// What holds for every plan whatsoever.
#[track_caller]
fn sound(graph: &Graph, mask: &Mask, first: &Forest, signage: &Signage) {
    let forest = &signage.forest;
    assert!(forest.inward_first(graph).is_some(), "it leads round");
    for node in 0..graph.len() {
        match forest.next[node] {
            Next::Link(link) => {
                let link = &graph.links()[link as usize];
                assert!(mask.admits(link), "node {node} leads into what is closed");
            }
            Next::Nowhere => assert_eq!(first.cost[node], NEVER, "node {node} has a way"),
            Next::Out | Next::Refuge => {}
        }
    }
    assert!(signage.clearing_ms >= signage.bound_ms, "no plan beats the bound");
    let before = load(graph, first);
    assert!(signage.clearing_ms <= before.clearing_ms + 2, "never worse than the first signs");
}

#[test]
fn every_plan_is_sound_whatever_is_closed() {
    for seed in 0..300 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let nodes = random.random_range(4..60);
        let graph = random_graph(&mut random, nodes, 2);
        let mut mask = Mask::open(&graph);
        for node in 0..graph.len() {
            match random.random_range(0..10) {
                0 => mask.close(node),
                1 => mask.doubt(node, 60_000),
                _ => {}
            }
        }
        for way in 0..graph.ways().len() {
            if random.random_bool(0.1) {
                mask.shut(way);
            }
        }
        let first = Forest::grow(&graph, &mask);
        let bound: Vec<bool> = (0..graph.len()).map(|_| random.random_bool(0.2)).collect();
        let budget = Budget { rounds: 8, flips: 400 };
        let signage = plan(&graph, &mask, &first, &bound, budget);
        sound(&graph, &mask, &first, &signage);
        let kept = (0..graph.len()).filter(|node| bound[*node]);
        for node in kept {
            assert_eq!(signage.forest.next[node], first.next[node], "seed {seed}: bound {node}");
        }
        assert_eq!(signage, plan(&graph, &mask, &first, &bound, budget), "seed {seed}: again");
    }
}

#[test]
fn more_width_never_worsens_the_bound_and_fewer_ways_never_better_it() {
    for seed in 0..300 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let nodes = random.random_range(4..40);
        let graph = random_graph(&mut random, nodes, 2);
        let mask = Mask::open(&graph);
        let bound = bound_ms(&graph, &mask);
        let mut wider = graph.ways().to_vec();
        let at = random.random_range(0..wider.len());
        wider[at].forth.per_s *= 2.0;
        wider[at].back.per_s *= 2.0;
        let wider = Graph::new(graph.nodes().to_vec(), wider).unwrap();
        let better = bound_ms(&wider, &Mask::open(&wider));
        assert!(better <= bound + 1, "seed {seed}: {better} after {bound}");
        let mut closed = mask.clone();
        closed.shut(at);
        let all = |mask: &Mask| Forest::grow(&graph, mask).cost.iter().all(|cost| *cost != NEVER);
        if all(&closed) {
            let worse = bound_ms(&graph, &closed);
            assert!(worse + 1 >= bound, "seed {seed}: {worse} after {bound}");
        }
    }
}

/// The figures of the published presets; the bounds of the exact flow were found offline.
#[test]
fn the_presets_are_cleared_in_the_time_they_should() {
    for (name, block, size, people, most_ms, offline_ms) in [
        ("200", PRESET_200, 194, 215.0, 131_000, 124_500),
        ("5k", PRESET_5K, 4998, 6379.0, 1_790_000, 1_692_000),
    ] {
        let graph = block.graph();
        assert_eq!((graph.len(), graph.people()), (size, people), "{name}");
        let mask = Mask::open(&graph);
        let (first, signage) = best(&graph, &mask, Budget::of(graph.len()));
        sound(&graph, &mask, &first, &signage);
        let Signage { clearing_ms: clears, bound_ms: bound, .. } = signage;
        println!(
            "preset {name}: {clears} ms, bound {bound} ms, nearest exit {} ms, one by one {} ms",
            load(&graph, &first).clearing_ms,
            clearing_ms(&graph, &signage.forest)
        );
        assert!((offline_ms..=most_ms).contains(&clears), "{name}: {clears} ms");
    }
}

#[test]
fn other_buildings_are_never_slower_than_nearest_exit_signs() {
    for seed in 2..7 {
        for exit_every in [1, 2] {
            let block = Block { floors: 8, rooms: 40, stairs: 3, seed, exit_every, ..PRESET_200 };
            let graph = block.graph();
            let mask = Mask::open(&graph);
            let (first, signage) = best(&graph, &mask, Budget::of(graph.len()));
            sound(&graph, &mask, &first, &signage);
            let nearest = load(&graph, &first).clearing_ms;
            let Signage { clearing_ms: clears, bound_ms: bound, .. } = signage;
            println!(
                "seed {seed}, an exit every {exit_every}: nearest {nearest}, ours {clears}, \
                 bound {bound} ms"
            );
        }
    }
}
