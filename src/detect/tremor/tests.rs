//! Against `ObsPy` and `SciPy`: what they made of the same samples stands in a small file of ours.

use super::*;

const GOLDEN: &str = include_str!("../../../tests/recordings/tremor.json");

fn golden() -> serde_json::Value {
    serde_json::from_str(GOLDEN).unwrap()
}

fn floats(of: &serde_json::Value) -> Vec<f64> {
    of.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Whole numbers by a linear congruence, the same in every language.
fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut s = seed;
    let next = |s: &mut u64| {
        *s = (1_103_515_245 * *s + 12_345) % (1 << 31);
        f64::from(u32::try_from(*s).unwrap()) / f64::from(1_u32 << 31) - 0.5
    };
    (0..count).map(|_| next(&mut s)).collect()
}

fn look(sta_s: f64, lta_s: f64) -> Look {
    let span = crate::domain::time::seconds;
    Look {
        low_hz: 0.5,
        high_hz: 12.0,
        sta: span(sta_s),
        lta: span(lta_s),
        on: 4.0,
        off: 1.5,
        gate_gal: 4.0,
        gate_within: span(1.0),
        stop_gal: 2.0,
    }
}

fn close(mine: f64, theirs: f64) -> bool {
    (mine - theirs).abs() <= 1e-9 * theirs.abs().max(1.0)
}

#[test]
fn the_ratio_is_obspys_to_a_billionth() {
    let mut signal = noise(12_345, 6_000);
    for (index, sample) in signal.iter_mut().enumerate().skip(3_000) {
        let t = f64::from(u32::try_from(index).unwrap()) / 100.0 - 30.0;
        let turn = std::f64::consts::TAU * 5.0 * t;
        *sample += 8.0 * libm::exp(-t / 4.0) * libm::sin(turn);
    }
    for case in golden()["recursive"].as_array().unwrap() {
        let look = look(case["sta_s"].as_f64().unwrap(), case["lta_s"].as_f64().unwrap());
        let filters = Filters::new(&look, 100.0);
        let mut tremor = Tremor::default();
        let mut ratios = Vec::new();
        for sample in &signal {
            ratios.push(tremor.ratio(&filters, *sample));
            tremor.samples += 1;
        }
        let theirs = floats(&case["ratio"]);
        for (at, theirs) in case["at"].as_array().unwrap().iter().zip(theirs) {
            let mine = ratios[usize::try_from(at.as_u64().unwrap()).unwrap()];
            assert!(close(mine, theirs), "sample {at}: {mine} and not {theirs}");
        }
        let first = ratios.iter().position(|ratio| *ratio >= 3.5).unwrap() as u64;
        assert_eq!(Some(first), case["onset"][0].as_u64());
    }
}

/// The three axes of the second golden signal.
#[expect(clippy::cast_possible_truncation, reason = "the samples on the wire are so precise")]
fn axes() -> [Vec<f32>; 3] {
    let raw = noise(777, 7_500);
    [(0, 3.25), (1, -1.5), (2, 981.0)].map(|(axis, offset)| {
        let own = &raw[axis * 2_500..(axis + 1) * 2_500];
        let sample = |(index, value): (usize, &f64)| {
            let burst = (1_500..1_800).contains(&index).then(|| own[index - 1_400] * 40.0);
            (value * 0.4 + offset + burst.map_or(0.0, f64::round_ties_even)) as f32
        };
        own.iter().enumerate().map(sample).collect()
    })
}

#[test]
fn the_band_and_the_vector_sum_are_scipys_to_a_billionth() {
    let band = &golden()["band"];
    let (look, rate) = (look(0.5, 10.0), band["rate_hz"].as_f64().unwrap());
    let filters = Filters::new(&look, rate);
    let [x, y, z] = axes();
    let mut tremor = Tremor::default();
    let mut mine = Vec::new();
    for ((x, y), z) in x.iter().zip(&y).zip(&z) {
        let v = tremor.motion(&filters, [f64::from(*x), f64::from(*y), f64::from(*z)]);
        mine.push((v, tremor.ratio(&filters, v)));
        tremor.samples += 1;
    }
    let theirs = floats(&band["v"]).into_iter().zip(floats(&band["ratio"]));
    for (at, (v, ratio)) in band["at"].as_array().unwrap().iter().zip(theirs) {
        let mine = mine[usize::try_from(at.as_u64().unwrap()).unwrap()];
        assert!(close(mine.0, v), "motion at {at}: {} and not {v}", mine.0);
        assert!(close(mine.1, ratio), "ratio at {at}: {} and not {ratio}", mine.1);
    }
}

/// Hears the second golden signal in stretches of 32 samples; `deliver` says in what order.
fn triggers(deliver: impl Fn(&mut Vec<usize>)) -> Vec<i64> {
    let [x, y, z] = axes();
    let device = "acc".parse().unwrap();
    let mut order: Vec<usize> = (0..2_500 / 32).collect();
    deliver(&mut order);
    let (mut tremor, mut triggers) = (Tremor::default(), Vec::new());
    for stretch in order {
        let part = stretch * 32..(stretch + 1) * 32;
        let at = i64::try_from(stretch).unwrap() * 1_024_000;
        let wave = Wave {
            device: &device,
            at: Timestamp::from_microsecond(1_795_446_000_000_000 + at).unwrap(),
            rate_hz: 31.25,
            x: &x[part.clone()],
            y: &y[part.clone()],
            z: &z[part],
        };
        let heard = tremor.hear(&look(0.5, 10.0), &wave);
        let at = heard.and_then(|heard| heard.trigger);
        triggers.extend(at.map(|at| at.as_microsecond() - 1_795_446_000_000_000));
        // A restart in between changes nothing.
        tremor = serde_json::from_str(&serde_json::to_string(&tremor).unwrap()).unwrap();
    }
    triggers
}

#[test]
fn it_triggers_with_the_first_sample_of_the_burst_and_once() {
    assert_eq!(triggers(|_| ()), [1_500 * 32_000]);
}

#[test]
fn stretches_that_come_twice_late_or_overtaken_change_nothing() {
    let twice = |order: &mut Vec<usize>| *order = order.iter().flat_map(|n| [*n, *n]).collect();
    assert_eq!(triggers(twice), triggers(|_| ()));
    let late = |order: &mut Vec<usize>| {
        let old: Vec<usize> = order.iter().map(|n| n.saturating_sub(9)).collect();
        *order = order.iter().zip(old).flat_map(|(n, old)| [*n, old]).collect();
    };
    assert_eq!(triggers(late), triggers(|_| ()));
    // Stretch 40 overtakes 39, which is then left out.
    let without = |order: &mut Vec<usize>| order.retain(|stretch| *stretch != 39);
    assert_eq!(triggers(|order| order.swap(39, 40)), triggers(without));
}

#[test]
fn a_gap_makes_no_trigger_and_hides_none() {
    let short = |order: &mut Vec<usize>| drop(order.drain(20..26));
    assert_eq!(triggers(short), [1_500 * 32_000]);
    let long = |order: &mut Vec<usize>| drop(order.drain(10..30));
    assert_eq!(triggers(long), [1_500 * 32_000]);
}
