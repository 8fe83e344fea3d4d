//! Every detector against the same thing computed another way: whole histories instead of small
//! states, sorted lists, ticks of a clock, std's logarithms; equal to a billionth.

use std::collections::BTreeMap;

use jikimi::detect::Turn;
use jikimi::domain::Quantity;

use crate::bench::Bench;
use crate::lab::Rng;

const HALL: (&str, &str) = ("a", "hall");
const SEEDS: std::ops::Range<u64> = 0..25;

fn close(mine: f64, theirs: f64) -> bool {
    (mine - theirs).abs() <= 1e-9 * theirs.abs().max(1.0)
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    f64::midpoint(values[(n - 1) / 2], values[n / 2])
}

/// A walk at uneven times.
fn walk(
    rng: &mut Rng,
    count: usize,
    gap: (f64, f64),
    range: (f64, f64),
    step: f64,
) -> Vec<(f64, f64)> {
    let (mut s, mut value) = (0.0, rng.within(range.0, range.1));
    (0..count)
        .map(|_| {
            s += (rng.within(gap.0, gap.1) * 10.0).round() / 10.0;
            value = (value + rng.within(-step, step)).clamp(range.0, range.1);
            (s, value)
        })
        .collect()
}

/// When a condition with two ends has lasted, from its whole history.
fn lasted(history: &[(f64, f64)], start: f64, stop: f64, hold: f64) -> Vec<(Turn, f64)> {
    let mut turns = Vec::new();
    let mut index = 0;
    while index < history.len() {
        let Some(begin) = history[index..].iter().position(|(_, v)| *v >= start) else { break };
        let begin = index + begin;
        let end = history[begin..].iter().position(|(_, v)| *v <= stop).map(|n| begin + n);
        let due = history[begin].0 + hold;
        let last = history[history.len() - 1].0;
        if due <= end.map_or(last, |end| history[end].0) {
            turns.push((Turn::Started, due));
            turns.extend(end.map(|end| (Turn::Stopped, history[end].0)));
        }
        let Some(end) = end else { break };
        index = end + 1;
    }
    turns
}

fn same(mine: &[(Turn, f64)], theirs: &[(Turn, f64)], seed: u64) {
    let equal = mine.len() == theirs.len()
        && mine.iter().zip(theirs).all(|(m, t)| m.0 == t.0 && (m.1 - t.1).abs() < 2e-6);
    assert!(equal, "seed {seed}\n  mine   {mine:?}\n  theirs {theirs:?}");
}

#[test]
fn heat_is_what_its_whole_history_says() {
    for seed in SEEDS {
        let history = walk(&mut Rng(seed), 600, (1.0, 4.0), (20.0, 80.0), 5.0);
        let mut bench = Bench::new("heat", "response = \"a1\"\nhold_s = 4");
        for (s, v) in &history {
            bench.read(HALL, Quantity::Temperature, *s, *v);
        }
        same(&bench.turns(), &lasted(&history, 57.0, 50.0, 4.0), seed);
        // With the rise: it stands while either does.
        let mut bench = Bench::new("heat", "response = \"g\"\nsuffix = \"r\"\nhold_s = 4");
        let history: Vec<_> = history.iter().map(|(s, v)| (*s, v + 90.0)).collect();
        for (s, v) in &history {
            bench.read(HALL, Quantity::Temperature, *s, *v);
        }
        let (mut rising, mut theirs) = (false, Vec::new());
        for (index, (s, v)) in history.iter().enumerate() {
            let window = history[..=index].iter().filter(|(then, _)| s - then <= 60.0);
            let rise = v - window.map(|(_, v)| *v).fold(f64::INFINITY, f64::min);
            if !rising && rise >= 8.3 && *v >= 128.0 {
                rising = true;
                theirs.push((Turn::Started, *s));
            } else if rising && rise <= 2.0 && *v < 128.0 {
                rising = false;
                theirs.push((Turn::Stopped, *s));
            }
        }
        // Up to 170 °C class g's height would speak too; here it is the rise's turn alone.
        let mine: Vec<_> = bench.turns();
        let height = lasted(&history, 147.0, 140.0, 4.0);
        if height.is_empty() {
            same(&mine, &theirs, seed);
        }
    }
}

#[test]
fn smoke_follows_its_dust_as_an_exponential_of_time() {
    for seed in SEEDS {
        let history = walk(&mut Rng(seed), 500, (1.0, 900.0), (0.0, 16.0), 2.5);
        let mut bench = Bench::shipped("fire", "fire-smoke");
        let (mut drift, mut last) = (0.0_f64, None);
        let mut cleaned = Vec::new();
        for (s, v) in &history {
            bench.read(HALL, Quantity::Smoke, *s, *v);
            if *v < 7.0 {
                let passed = last.map_or(0.0, |last: f64| (s - last).min(600.0));
                let keep = (-passed / 86_400.0).exp();
                drift = (keep * drift + (1.0 - keep) * v).clamp(0.0, 2.0);
            }
            last = Some(*s);
            let mine = bench.snapshot("smoke")["drift"].as_f64().unwrap();
            assert!(close(mine, drift), "seed {seed}: {mine} and not {drift}");
            cleaned.push((*s, v - drift));
        }
        same(&bench.turns(), &lasted(&cleaned, 10.0, 7.0, 30.0), seed);
    }
}

/// Minutes to the alarm, from the table and std's logarithms.
fn minutes(ppm: f64) -> Option<f64> {
    let steps = [(30.0, 150.0), (50.0, 75.0), (100.0, 25.0), (300.0, 2.0_f64)];
    if ppm < 30.0 {
        return None;
    }
    if ppm >= 300.0 {
        return Some(600.0 / ppm);
    }
    let upper = steps.iter().position(|(at, _)| *at > ppm).unwrap();
    let ((c0, t0), (c1, t1)) = (steps[upper - 1], steps[upper]);
    let slope = (t1.ln() - t0.ln()) / (f64::ln(c1) - f64::ln(c0));
    Some((t0.ln() + slope * (ppm.ln() - f64::ln(c0))).exp())
}

#[test]
fn the_dose_is_the_sum_of_its_shares() {
    for seed in SEEDS {
        let history = walk(&mut Rng(seed), 300, (20.0, 1_500.0), (0.0, 120.0), 40.0);
        let mut bench = Bench::shipped("co", "co-alarm");
        let (mut dose, mut started, mut theirs) = (0.0_f64, false, Vec::new());
        for (index, (s, ppm)) in history.iter().enumerate() {
            if index > 0 {
                let (then, was) = history[index - 1];
                let lasted = (s - then).min(900.0) / 60.0;
                match minutes(was) {
                    Some(alarm) => {
                        let left = (1.0 - dose).max(0.0) * alarm;
                        if !started && left <= lasted {
                            started = true;
                            theirs.push((Turn::Started, then + left * 60.0));
                        }
                        dose = (dose + lasted / alarm).min(2.0);
                    }
                    None => dose *= 0.5_f64.powf(lasted / 320.0),
                }
            }
            if started && *ppm <= 15.0 {
                started = false;
                theirs.push((Turn::Stopped, *s));
            }
            if !started && dose >= 1.0 && *ppm >= 30.0 {
                started = true;
                theirs.push((Turn::Started, *s));
            }
            bench.read(HALL, Quantity::Co, *s, *ppm);
            let mine = bench.snapshot("dose")["dose"].as_f64().unwrap();
            // An alarm is rounded to the microsecond.
            assert!((mine - dose).abs() <= 1e-7 || close(mine, dose), "seed {seed}: {mine} {dose}");
        }
        same(&bench.turns(), &theirs, seed);
    }
}

#[test]
fn gas_counts_as_a_clock_of_tenths_counts() {
    for seed in SEEDS {
        let history = walk(&mut Rng(seed), 400, (0.2, 4.0), (0.0, 28.0), 9.0);
        let mut bench = Bench::shipped("gas", "gas-alarm");
        for (s, v) in &history {
            bench.read(HALL, Quantity::Gas, *s, *v);
        }
        let (mut counts, mut reached, mut theirs) = ([0_i32; 2], 0, Vec::new());
        let steps = [10.0, 20.0];
        for (index, (s, v)) in history.iter().enumerate() {
            let said = if reached == 0 { Turn::Started } else { Turn::Grew };
            if *v <= 5.0 {
                if reached > 0 {
                    theirs.push((Turn::Stopped, *s));
                }
                (counts, reached) = ([0; 2], 0);
                continue;
            }
            let Some((next, _)) = history.get(index + 1) else {
                if reached < 2 && *v >= steps[reached] && counts[reached] >= 50 {
                    theirs.push((said, *s));
                }
                break;
            };
            #[expect(clippy::cast_possible_truncation, reason = "a gap of seconds")]
            let ticks = ((next - s) * 10.0).round() as i32;
            for tick in 0..=ticks {
                while reached < 2 && *v >= steps[reached] && counts[reached] >= 50 {
                    let turn = if reached == 0 { Turn::Started } else { Turn::Grew };
                    theirs.push((turn, s + f64::from(tick) / 10.0));
                    reached += 1;
                }
                if tick < ticks {
                    for (count, step) in counts.iter_mut().zip(steps) {
                        let change = if *v >= step { 1 } else { -1 };
                        *count = (*count + change).clamp(0, 50);
                    }
                }
            }
        }
        same(&bench.turns(), &theirs, seed);
    }
}

/// The median of the last five, or the last where there are not five within ten minutes; and the
/// middle slope of all pairs of those medians.
fn level_and_slope(history: &[(f64, f64)], medians: &[(f64, f64)]) -> (f64, f64) {
    let (now, value) = history[history.len() - 1];
    let recent: Vec<f64> = history[history.len().saturating_sub(5)..]
        .iter()
        .filter(|(s, _)| now - s <= 600.0)
        .map(|(_, v)| *v)
        .collect();
    let level = if recent.len() == 5 { middle(recent) } else { value };
    let mut points: Vec<(f64, f64)> =
        medians.iter().filter(|(s, _)| now - s <= 600.0).copied().collect();
    points.push((now, level));
    let mut slopes = Vec::new();
    for (index, one) in points.iter().enumerate() {
        slopes.extend(
            points[index + 1..].iter().map(|other| (other.1 - one.1) / ((other.0 - one.0) / 60.0)),
        );
    }
    (level, if slopes.is_empty() { 0.0 } else { middle(slopes) })
}

#[test]
fn water_is_what_sorted_lists_say() {
    for seed in SEEDS {
        let history = walk(&mut Rng(seed), 400, (20.0, 200.0), (0.0, 22.0), 1.5);
        let mut bench = Bench::shipped("flood", "flood-level");
        let (mut medians, mut theirs) = (Vec::<(f64, f64)>::new(), Vec::new());
        let (mut vote, mut clear, mut started) = (None, None, false);
        let mut steep: Option<f64> = None;
        for (index, (s, v)) in history.iter().enumerate() {
            if let Some(since) = vote.filter(|since| !started && since + 10.0 <= *s) {
                started = true;
                theirs.push((Turn::Started, since + 10.0));
            }
            bench.read(HALL, Quantity::WaterLevel, *s, *v);
            let (level, slope) = level_and_slope(&history[..=index], &medians);
            medians.push((*s, level));
            let kept = bench.snapshot("level_trend")["sources"]["a"]["medians"].clone();
            let mine = kept.as_array().unwrap().last().unwrap()["cm"].as_f64().unwrap();
            assert!(close(mine, level), "seed {seed}: {mine} and not {level}");
            steep = if slope >= 1.0 { steep.or(Some(*s)) } else { None };
            let lasts = steep.is_some_and(|since| s - since >= 180.0);
            let ahead = level + 10.0 * slope;
            if level >= 15.0 || (level >= 5.0 && ahead >= 15.0) {
                vote = vote.or(Some(*s));
            }
            let over = level < 5.0 && ahead < 5.0 && !lasts && vote.is_some();
            clear = if over { clear.or(Some(*s)) } else { None };
            let enough = if started { 1_800.0 } else { 0.0 };
            if clear.is_some_and(|since| s - since >= enough) {
                (vote, clear) = (None, None);
                if std::mem::take(&mut started) {
                    theirs.push((Turn::Stopped, *s));
                }
            }
        }
        same(&bench.turns(), &theirs, seed);
    }
}

/// The rule of a meter: five spreads, three readings.
const METER: &str = "unit = \"watt\"\nstart_sigma = 5\nstop_sigma = 3\nreadings = 3\n\
    least_spread = 5\nwarm_up_d = 14\nevery_min = 15\nkeep = 20\naccept_h = 48";

#[test]
fn unusual_is_what_every_value_of_that_hour_says() {
    let mut spoke = 0;
    for seed in 0..5 {
        let mut rng = Rng(seed);
        let mut bench = Bench::new("deviation", METER);
        let mut hours: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        let (mut beyond, mut since, mut started, mut kept, mut theirs) =
            (0, None, false, f64::NEG_INFINITY, Vec::new());
        for n in 0..5 * 7 * 96 {
            let s = f64::from(n) * 900.0;
            let hour = (n / 4) % 168;
            let usual = 100.0 + 50.0 * f64::from(hour % 24 / 6);
            let odd = n > 2_000 && rng.below(120) < 2 || n % 700 > 695;
            let value = usual + 8.0 * rng.normal() + if odd { 400.0 } else { 0.0 };
            bench.read(HALL, Quantity::Power, s, value);
            let known = hours.entry(i64::from(hour)).or_default();
            let recent = known[known.len().saturating_sub(20)..].to_vec();
            let mut fits = true;
            if s >= 14.0 * 86_400.0 && recent.len() >= 8 {
                let median = middle(recent.clone());
                let mad = middle(recent.iter().map(|v| (v - median).abs()).collect());
                let sigmas = (value - median).abs() / (mad / 0.674_489_750_196_081_7).max(5.0);
                fits = sigmas <= 5.0;
                if !fits {
                    (beyond, since) = (beyond + 1, since.or(Some(s)));
                } else if !started || sigmas <= 3.0 {
                    (beyond, since) = (0, None);
                }
                if !started && beyond >= 3 {
                    started = true;
                    theirs.push((Turn::Started, s));
                } else if started && beyond == 0 {
                    started = false;
                    theirs.push((Turn::Stopped, s));
                }
            }
            let accepted = since.is_some_and(|since: f64| s - since >= 48.0 * 3_600.0);
            if (fits || accepted) && s - kept >= 900.0 {
                known.push(value);
                kept = s;
            }
        }
        spoke += theirs.len();
        same(&bench.turns(), &theirs, seed);
    }
    assert!(spoke > 0);
}

#[test]
fn a_blackout_is_what_all_contacts_together_say() {
    let zones = [("a", "b1"), ("b", "1f"), ("c", "1f"), ("d", "3f")];
    for seed in 0..100 {
        let mut rng = Rng(seed);
        let mut bench = Bench::shipped("mains", "blackout-mains");
        let mut off: BTreeMap<&str, Option<f64>> = BTreeMap::new();
        let (mut started, mut due, mut theirs) = (false, None, Vec::new());
        let mut s = 0.0;
        for _ in 0..120 {
            s += (rng.within(0.2, 4.0) * 10.0).round() / 10.0;
            let (device, place) = zones[usize::try_from(rng.below(4)).unwrap()];
            let on = rng.below(3) > 0;
            bench.read((device, place), Quantity::Mains, s, f64::from(u8::from(on)));
            if let Some(at) = due.filter(|at| !started && *at <= s) {
                started = true;
                theirs.push((Turn::Started, at));
            }
            let known = off.entry(device).or_default();
            *known = (!on).then(|| known.unwrap_or(s));
            let mut dark: BTreeMap<&str, Option<f64>> = BTreeMap::new();
            for (device, place) in zones.iter().filter(|(device, _)| off.contains_key(device)) {
                let since = off[device];
                let zone = dark.entry(place).or_insert(Some(f64::NEG_INFINITY));
                *zone = zone.and_then(|latest| since.map(|since| since.max(latest)));
            }
            let needed = dark.len().min(2);
            let mut since: Vec<f64> = dark.values().filter_map(|since| *since).collect();
            since.sort_by(f64::total_cmp);
            due = since.get(needed - 1).map(|since| since + 3.0);
            if !started && due.is_some_and(|at| at <= s) {
                started = true;
                theirs.push((Turn::Started, due.unwrap()));
            } else if started && since.len() <= 1 && since.len() < needed {
                started = false;
                theirs.push((Turn::Stopped, s));
            }
        }
        same(&bench.turns(), &theirs, seed);
    }
}

#[test]
fn a_straight_line_is_one_that_some_slope_explains() {
    let mut spoke = 0;
    for seed in 0..100 {
        let mut rng = Rng(seed);
        let mut bench = Bench::shipped("flood", "flood-gauge-drawn");
        let mut run: Vec<(f64, f64)> = Vec::new();
        let (mut started, mut theirs) = (false, Vec::new());
        let (mut value, mut slope) = (50.0, None);
        for n in 0..200 {
            let s = f64::from(n) * 300.0;
            if n % 20 == 0 {
                slope = (rng.below(2) == 0).then(|| rng.within(-4.0, 4.0));
            }
            value += slope.unwrap_or_else(|| rng.within(-3.0, 3.0));
            let written = (value / 0.3048).round() * 0.3048;
            bench.read(HALL, Quantity::WaterLevel, s, written);
            run.push((s, written));
            if !explained(&run) {
                if std::mem::take(&mut started) {
                    theirs.push((Turn::Stopped, s));
                }
                run.drain(..run.len() - 2);
            }
            let change = (written - run[0].1).abs();
            if !started && run.len() >= 10 && change >= 10.0 {
                started = true;
                theirs.push((Turn::Started, s));
            }
        }
        spoke += theirs.len();
        same(&bench.turns(), &theirs, seed);
    }
    assert!(spoke > 100, "{spoke}");
}

/// Whether one of the slopes at which a point would just be missed passes all of them.
fn explained(run: &[(f64, f64)]) -> bool {
    let first = run[0];
    let off = |slope: f64| {
        let far = |p: &(f64, f64)| (p.1 - first.1 - slope * (p.0 - first.0)).abs();
        run.iter().map(far).fold(0.0, f64::max)
    };
    let candidates = run[1..].iter().flat_map(|p| {
        let (rise, span) = (p.1 - first.1, p.0 - first.0);
        [(rise - 0.32) / span, (rise + 0.32) / span]
    });
    run.len() < 2 || candidates.into_iter().any(|slope| off(slope) <= 0.32 + 1e-9)
}

#[test]
fn rising_votes_are_what_their_histories_say() {
    let mut turns = 0;
    for seed in 0..40 {
        let mut rng = Rng(seed);
        let smoke = walk(&mut rng, 300, (4.0, 4.0), (0.0, 7.0), 1.2);
        let heat = walk(&mut rng, 300, (4.0, 4.0), (20.0, 30.0), 0.5);
        let mut bench = Bench::shipped("fire", "fire-signs");
        let (mut votes, mut from, mut started, mut theirs) =
            ([None::<f64>; 2], None::<f64>, false, Vec::new());
        for n in 0..smoke.len() {
            let (s, percent) = smoke[n];
            bench.read(HALL, Quantity::Smoke, s, percent);
            let side = if percent >= 5.0 { 1 } else { -i32::from(percent <= 3.0) };
            cast(&mut votes, 0, side, s, &mut started, &mut theirs);
            let (s, celsius) = (s + 1.0, heat[n].1);
            bench.read(("b", "hall"), Quantity::Temperature, s, celsius);
            let window = heat[..=n].iter().filter(|(then, _)| heat[n].0 - then <= 60.0);
            let lowest = window.map(|(_, v)| *v).fold(f64::INFINITY, f64::min);
            let side = match from {
                _ if celsius - lowest >= 2.0 => {
                    from = from.or(Some(lowest));
                    1
                }
                Some(base) if celsius - base > 1.0 => 0,
                _ => {
                    from = None;
                    -1
                }
            };
            cast(&mut votes, 1, side, s, &mut started, &mut theirs);
        }
        turns += theirs.len();
        same(&bench.turns(), &theirs, seed);
    }
    assert!(turns > 10, "{turns}");
}

/// One voter's side: for, against or neither.
fn cast(
    votes: &mut [Option<f64>; 2],
    index: usize,
    side: i32,
    s: f64,
    started: &mut bool,
    theirs: &mut Vec<(Turn, f64)>,
) {
    if side > 0 {
        votes[index] = Some(s);
        if !*started {
            for vote in votes.iter_mut() {
                *vote = vote.filter(|at| s - at <= 60.0);
            }
        }
    } else if side < 0 {
        votes[index] = None;
    }
    let agreed = votes.iter().all(Option::is_some);
    if agreed != *started && (side > 0) == agreed {
        *started = agreed;
        theirs.push((if agreed { Turn::Started } else { Turn::Stopped }, s));
    }
}
