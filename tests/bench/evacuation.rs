//! How fast signs are found and how good they are: the published presets and other buildings,
//! beside scipy's shortest-path tree in the same run where Python has scipy. What takes how long
//! is printed and judged by nobody; a plan that is too slow for its people is an error.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot go on fails")]

#[path = "../evacuate/blocks.rs"]
mod blocks;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use blocks::{Block, PRESET_5K, PRESET_200};
use jikimi::evacuate::{Budget, Forest, Graph, Mask, Signage, load, plan};

/// The best of several, in milliseconds: the machine is shared.
fn best_ms<T>(times: u32, mut work: impl FnMut() -> T) -> (f64, T) {
    let mut best: Option<(f64, T)> = None;
    for _ in 0..times {
        #[expect(clippy::disallowed_methods, reason = "a bench measures")]
        let started = std::time::Instant::now();
        let done = work();
        let took = started.elapsed().as_secs_f64() * 1000.0;
        if best.as_ref().is_none_or(|(best, _)| took < *best) {
            best = Some((took, done));
        }
    }
    best.expect("at least once")
}

fn planned(graph: &Graph, times: u32) -> (f64, Forest, f64, Signage) {
    let mask = Mask::open(graph);
    let (first_ms, first) = best_ms(times * 4, || Forest::grow(graph, &mask));
    let budget = Budget::of(graph.len());
    let (plan_ms, signage) = best_ms(times, || plan(graph, &mask, &first, &[], budget));
    (first_ms, first, plan_ms, signage)
}

/// The same tree by scipy, in ms; none where it is not.
fn scipy_ms(graph: &Graph) -> Option<f64> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/tree.py");
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut text = format!("{}\n", graph.len());
    for node in (0..graph.len()).filter(|node| graph.is_exit(*node)) {
        let _ = writeln!(text, "X {node}");
    }
    let mask = Mask::open(graph);
    let open = graph.ways().iter().enumerate().filter(|(way, _)| !mask.is_shut(*way));
    for way in open.map(|(_, way)| way) {
        let [one, other] = way.between;
        let _ = writeln!(text, "E {one} {other} {}", way.forth.ms);
    }
    python.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let out = python.wait_with_output().ok()?;
    String::from_utf8(out.stdout).ok()?.trim().parse().ok()
}

fn seconds(ms: u64) -> String {
    format!("{}.{:01}", ms / 1000, ms % 1000 / 100)
}

fn main() {
    println!("preset | first forest | scipy's tree | improved plan | nearest exit | ours | bound");
    for (name, block, times, most_ms) in [
        ("200", PRESET_200, 50, 131_000),
        ("5k", PRESET_5K, 10, 1_790_000),
        ("100k", Block { blocks: 20, ..PRESET_5K }, 3, 1_973_000),
    ] {
        let graph = block.graph();
        let (first_ms, first, plan_ms, signage) = planned(&graph, times);
        let scipy =
            scipy_ms(&graph).map_or_else(|| "not here".to_owned(), |ms| format!("{ms:.2} ms"));
        println!(
            "{name} | {first_ms:.3} ms | {scipy} | {plan_ms:.1} ms | {} s | {} s | {} s",
            seconds(load(&graph, &first).clearing_ms),
            seconds(signage.clearing_ms),
            seconds(signage.bound_ms)
        );
        assert!(signage.clearing_ms <= most_ms, "{name}: {} ms", signage.clearing_ms);
        assert!(signage.clearing_ms >= signage.bound_ms, "{name}: no plan beats the bound");
    }
    println!("other buildings: storeys, stairs, an exit every, seed | nearest exit | ours | bound");
    for (floors, rooms, stairs) in [(27, 120, 4), (8, 40, 3)] {
        for (seed, exit_every) in (2..7).flat_map(|seed| [(seed, 1), (seed, 2)]) {
            let block = Block { floors, rooms, stairs, seed, exit_every, ..PRESET_200 };
            let graph = block.graph();
            let (_, first, _, signage) = planned(&graph, 1);
            let nearest = load(&graph, &first).clearing_ms;
            println!(
                "{floors}, {stairs}, {exit_every}, {seed} | {} s | {} s | {} s",
                seconds(nearest),
                seconds(signage.clearing_ms),
                seconds(signage.bound_ms)
            );
            assert!(signage.clearing_ms <= nearest, "slower than nearest-exit signs");
        }
    }
}
