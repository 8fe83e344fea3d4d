//! How fast signs are found and how good they are: the published presets and other buildings,
//! beside scipy's shortest-path tree and OR-tools' greatest flow over time in the same run, where
//! the Python that `JIKIMI_PYTHON` names (`python3` otherwise) has them. What takes how long is
//! printed and judged by nobody; a plan that is too slow for its people is an error.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot go on fails")]

#[path = "../evacuate/blocks.rs"]
mod blocks;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use blocks::{Block, PRESET_5K, PRESET_200};
use jikimi::evacuate::spill::load_standing;
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

/// What a graph's first signs and its better ones took and are.
struct Planned {
    first_ms: f64,
    first: Forest,
    plan_ms: f64,
    /// The same on the processor alone, on average; none where the system does not say.
    plan_cpu_ms: Option<f64>,
    signage: Signage,
}

fn planned(graph: &Graph, times: u32) -> Planned {
    let mask = Mask::open(graph);
    let (first_ms, first) = best_ms(times * 4, || Forest::grow(graph, &mask));
    let budget = Budget::of(graph.len());
    let before = cpu_ms();
    let (plan_ms, signage) = best_ms(times, || plan(graph, &mask, &first, &[], budget));
    let spent = before.zip(cpu_ms()).map(|(before, after)| after - before);
    let plan_cpu_ms = spent.map(|spent| spent / f64::from(times));
    Planned { first_ms, first, plan_ms, plan_cpu_ms, signage }
}

/// What this thread has had of a processor, by Linux.
fn cpu_ms() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let ns: f64 = stat.split_whitespace().next()?.parse().ok()?;
    Some(ns / 1e6)
}

/// The number that a script answers to a graph and a last line; none where it cannot.
fn asked(script: &str, graph: &Graph, last: &str) -> Option<f64> {
    let name = std::env::var("JIKIMI_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut python = Command::new(name)
        .arg(format!("{}/tests/bench/{script}", env!("CARGO_MANIFEST_DIR")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut text = format!("{}\n", graph.len());
    for (n, node) in graph.nodes().iter().enumerate() {
        if graph.is_exit(n) {
            let _ = writeln!(text, "X {n}");
        }
        if node.people > 0.0 {
            let _ = writeln!(text, "P {n} {}", node.people);
        }
    }
    let mask = Mask::open(graph);
    let open = graph.ways().iter().enumerate().filter(|(way, _)| !mask.is_shut(*way));
    for way in open.map(|(_, way)| way) {
        let [one, other] = way.between;
        let _ = writeln!(text, "E {one} {other} {} {}", way.forth.ms, way.forth.per_s);
    }
    text.push_str(last);
    // A script that has no library ends before it has read everything.
    drop(python.stdin.take()?.write_all(text.as_bytes()));
    let out = python.wait_with_output().ok()?;
    String::from_utf8(out.stdout).ok()?.trim().parse().ok()
}

/// The best bound that OR-tools proves in a few probes. Finer steps where they cost nothing.
fn flow_bound_ms(graph: &Graph, signage: &Signage) -> Option<f64> {
    let (step_ms, probes) = if graph.len() <= 1_000 { (100, 8) } else { (2_000, 4) };
    let low_ms = signage.bound_ms * 19 / 20;
    let last = format!("R {step_ms} {low_ms} {} {probes}\n", signage.clearing_ms);
    asked("bound.py", graph, &last)
}

fn or_absent(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(|| "not here".to_owned(), |value| format!("{value:.2} {unit}"))
}

fn seconds(ms: u64) -> String {
    format!("{}.{:01}", ms / 1000, ms % 1000 / 100)
}

fn main() {
    if asked("tree.py", &PRESET_200.graph(), "").is_none() {
        println!("skipped: the tree beside ours, JIKIMI_PYTHON or python3 has no scipy");
    }
    println!(
        "preset | first forest | scipy's tree | improved plan, on the processor | nearest exit | \
         ours | with full stairs | bound"
    );
    for (name, block, times, most_ms) in [
        ("200", PRESET_200, 50, 131_000),
        ("5k", PRESET_5K, 10, 1_790_000),
        ("100k", Block { blocks: 20, ..PRESET_5K }, 3, 1_973_000),
    ] {
        let graph = block.graph();
        let Planned { first_ms, first, plan_ms, plan_cpu_ms, signage } = planned(&graph, times);
        println!(
            "{name} | {first_ms:.3} ms | {} | {plan_ms:.1} ms, {} | {} s | {} s | {} s | {} s",
            or_absent(asked("tree.py", &graph, ""), "ms"),
            or_absent(plan_cpu_ms, "ms"),
            seconds(load(&graph, &first).clearing_ms),
            seconds(signage.clearing_ms),
            seconds(load_standing(&graph, &signage.forest).clearing_ms),
            seconds(signage.bound_ms)
        );
        assert!(signage.clearing_ms <= most_ms, "{name}: {} ms", signage.clearing_ms);
        assert!(signage.clearing_ms >= signage.bound_ms, "{name}: no plan beats the bound");
    }
    others();
}

/// Other seeds and layouts than the presets.
fn others() {
    let has_flow = flow_bound_ms(&PRESET_200.graph(), &planned(&PRESET_200.graph(), 1).signage);
    if has_flow.is_none() {
        println!("skipped: the bound beside ours, JIKIMI_PYTHON or python3 has no ortools");
    }
    println!(
        "other buildings: storeys, stairs, an exit every, seed | nearest exit | ours | bound | \
         OR-tools' bound"
    );
    let mut blocks = vec![PRESET_200];
    for (floors, rooms, stairs) in [(8, 40, 3), (27, 120, 4)] {
        for (seed, exit_every) in (2..7).flat_map(|seed| [(seed, 1), (seed, 2)]) {
            blocks.push(Block { floors, rooms, stairs, seed, exit_every, ..PRESET_200 });
        }
    }
    for block in blocks {
        let graph = block.graph();
        let Planned { first, signage, .. } = planned(&graph, 1);
        let nearest = load(&graph, &first).clearing_ms;
        let flow_ms = has_flow.and_then(|_| flow_bound_ms(&graph, &signage));
        let Block { floors, stairs, exit_every, seed, .. } = block;
        println!(
            "{floors}, {stairs}, {exit_every}, {seed} | {} s | {} s | {} s | {}",
            seconds(nearest),
            seconds(signage.clearing_ms),
            seconds(signage.bound_ms),
            or_absent(flow_ms.map(|ms| ms / 1000.0), "s")
        );
        assert!(signage.clearing_ms <= nearest, "slower than nearest-exit signs");
        #[expect(clippy::cast_precision_loss, reason = "times of a building")]
        let taken_ms = signage.clearing_ms as f64;
        assert!(flow_ms.is_none_or(|flow_ms| taken_ms >= flow_ms), "no plan beats a proven bound");
    }
}
