//! Dead Run in June 2018: a small river that came over its banks three times.

use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{Action, Class, Command, Content, Input, Outcome, Quantity, Value};
use jikimi::incident::IncidentId;
use jikimi::monitor::{Detail, Effect};
use jikimi_sim::convert::{Converted, usgs};
use jikimi_sim::recording::Content as Recorded;

use crate::lab::{Player, shared, shipped};
use crate::world::word;

/// Stage at which the road closes, in feet.
const CLOSE_FT: f64 = 4.0;

fn gauge() -> Option<Converted> {
    let path = shared("usgs-gauges/usgs_01589330_20180601_20180702.csv.gz")?;
    Some(usgs::convert(&path, CLOSE_FT).unwrap())
}

/// Level and moment of every line.
fn levels(converted: &Converted) -> Vec<(Timestamp, f64)> {
    let level = |line: &jikimi_sim::recording::Line| {
        let Recorded::Message { payload, .. } = &line.content else { unreachable!() };
        let value: serde_json::Value = serde_json::from_slice(payload).unwrap();
        let at = value["at"].as_str().unwrap().parse().unwrap();
        (at, value["readings"]["water_level"].as_f64().unwrap())
    };
    converted.lines.iter().map(level).collect()
}

/// One rule's finding at the gauge, while it stood.
#[derive(Debug, Clone)]
struct Said {
    rule: String,
    incident: IncidentId,
    from: Timestamp,
    until: Option<Timestamp>,
}

/// Plays the levels; whoever watches resolves an incident as soon as it is over.
fn play(converted: &Converted, levels: &[(Timestamp, f64)]) -> Vec<Said> {
    let configuration = shipped(&converted.files, &["flood"]);
    let mut player = Player::new(&configuration, levels[0].0);
    let mut said: Vec<Said> = Vec::new();
    for (at, cm) in levels {
        let readings = vec![(Quantity::WaterLevel, Value::Number(*cm))];
        player.send("gauge", *at, Content::Readings(readings));
        let mut over = Vec::new();
        for (_, effect) in std::mem::take(&mut player.effects) {
            match effect {
                Effect::EvidenceAdded { incident, evidence } => said.push(Said {
                    rule: evidence.contribution.rule.to_string(),
                    incident,
                    from: evidence.at,
                    until: None,
                }),
                Effect::EvidenceEnded { incident, contribution, at, .. } => {
                    let rule = contribution.rule.to_string();
                    let mut standing = said.iter_mut().rev();
                    let ended = standing.find(|s| s.incident == incident && s.rule == rule);
                    ended.unwrap().until = Some(at);
                }
                Effect::Moved { incident, detail: Detail::Standing(false), .. } => {
                    over.push(incident);
                }
                _ => {}
            }
        }
        for incident in over {
            let (key, outcome) = (format!("{incident}"), word::<Outcome>("real"));
            let action = Action::Resolve { incident, outcome, note: None };
            let command = Command { key, actor: "local".to_owned(), action };
            player.step(*at, &Input::Command(command));
        }
    }
    said
}

#[test]
fn three_floods_are_three_incidents_each_watched_before_it_is_closed() {
    let Some(converted) = gauge() else { return };
    assert_eq!(converted.truths.len(), 3, "{:?}", converted.truths);
    let said = play(&converted, &levels(&converted));
    let closed: Vec<&Said> = said.iter().filter(|s| s.rule == "flood-level").collect();
    for close in &closed {
        let watch = said.iter().find(|s| s.rule == "flood-watch" && s.incident == close.incident);
        let watch = watch.unwrap();
        let flood = converted.truths.iter().find(|truth| {
            close.from <= truth.until.unwrap() && close.until.is_none_or(|u| truth.from <= u)
        });
        let flood = flood.unwrap_or_else(|| panic!("{close:?} is no flood"));
        let before = |at: Timestamp| flood.from.duration_since(at).as_secs() / 60;
        println!(
            "{}: watch {} min and close {} min before {CLOSE_FT} ft, over {:?}",
            close.incident,
            before(watch.from),
            before(close.from),
            close.until
        );
        assert!(watch.from < close.from, "{watch:?} {close:?}");
    }
    let watched = said.iter().filter(|s| s.rule == "flood-watch").count();
    println!("{} closings for {} floods, {watched} watches in the month", closed.len(), 3);
    let mut incidents: Vec<&IncidentId> = closed.iter().map(|close| &close.incident).collect();
    incidents.dedup();
    assert_eq!((closed.len(), incidents.len()), (3, 3));
    let troubles: Vec<&Said> = said.iter().filter(|s| s.rule == "flood-gauge-drawn").collect();
    println!("straight lines in the month as recorded: {troubles:?}");
    assert_eq!(word::<Class>("trouble"), Class::Trouble);
}

/// An outage from one reading to another, filled with a line.
fn drawn(levels: &mut [(Timestamp, f64)], from: usize, to: usize) {
    let ((t0, a), (t1, b)) = (levels[from], levels[to]);
    let whole = t1.duration_since(t0).as_secs_f64();
    for (at, cm) in &mut levels[from..=to] {
        let share = at.duration_since(t0).as_secs_f64() / whole;
        // Gauges are written in hundredths of a foot.
        let feet = ((a + (b - a) * share) / 30.48 * 100.0).round() / 100.0;
        *cm = feet * 30.48;
    }
}

#[test]
fn an_outage_filled_with_a_line_is_trouble_and_not_calm_water() {
    let Some(converted) = gauge() else { return };
    let recorded = levels(&converted);
    let mut found = 0;
    let mut outages = 0;
    // One and a half to eight hours, over each flood's rise or fall.
    for truth in &converted.truths {
        let peak = recorded.iter().position(|(at, _)| *at >= truth.from).unwrap();
        for (from, to) in [(peak - 6, peak + 14), (peak + 4, peak + 40), (peak + 4, peak + 100)] {
            let mut levels = recorded.clone();
            drawn(&mut levels, from, to);
            let change = (levels[to].1 - levels[from].1).abs();
            if change < 12.0 {
                continue;
            }
            outages += 1;
            let (begins, ends) = (levels[from].0, levels[to].0);
            let said = play(&converted, &levels[from.saturating_sub(50)..(to + 50)]);
            let trouble = said
                .iter()
                .find(|s| s.rule == "flood-gauge-drawn" && s.from > begins && s.from <= ends);
            found += usize::from(trouble.is_some());
            let over = trouble.and_then(|trouble| trouble.until);
            assert!(over.is_none_or(|over| over > ends - SignedDuration::from_mins(1)), "{said:?}");
        }
    }
    println!("{found} of {outages} outages filled with a line are told as trouble");
    assert_eq!(found, outages);
    assert!(outages >= 3);
}
