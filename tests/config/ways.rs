//! What a situation asks of ways, and what a site says of its people.

use jikimi::domain::ZoneId;
use jikimi::domain::time::Timestamp;
use jikimi::evacuate::policy::{Destination, Movement, Vertical};

use crate::folder::{Folder, SITE_FILE, SITUATION_FILE, only, shipped};

const WAYS: &str = "\n[ways]\nbecause = \"a handbook\"\ndestinations = [\"below\"]\n\
                    movement = \"hold\"\nthen = \"go\"\nvertical = \"down\"\n";

#[test]
fn a_situation_says_where_people_are_safe() {
    let loaded = Folder::well().with_more(SITUATION_FILE, WAYS).load();
    let situations = &loaded.configurations[0].situations;
    let policy = &situations.values().next().unwrap().policy;
    assert_eq!(policy.destinations, [Destination::Below]);
    assert_eq!((policy.movement, policy.vertical), (Movement::Hold, Vertical::Down));
    assert_eq!(policy.while_it(false).movement, Movement::Go);
}

#[test]
fn what_concerns_one_home_moves_nobody_unless_it_is_said() {
    let policy = |folder: Folder| {
        let loaded = folder.load();
        loaded.configurations[0].situations.values().next().unwrap().policy.clone()
    };
    assert_eq!(policy(Folder::well()).movement, Movement::Go);
    let text = Folder::well().text(SITUATION_FILE);
    let scope = text.lines().find(|line| line.starts_with("scope")).unwrap().to_owned();
    let home = Folder::well().change(SITUATION_FILE, &scope, "scope = \"home\"");
    assert_eq!(policy(home).movement, Movement::Free);
}

#[test]
fn what_is_wrong_with_its_ways_is_said() {
    for (from, to, code, word) in [
        ("because = \"a handbook\"\n", "", "missing-key", "where it is written"),
        ("\"below\"", "\"bellow\"", "unknown-word", "`below`?"),
        ("destinations = [\"below\"]\n", "", "missing-key", "the best first"),
        ("\"hold\"", "\"freeze\"", "unknown-word", "hold"),
        ("vertical = ", "verticle = ", "unknown-key", "`vertical`?"),
        ("\"down\"", "true", "wrong-type", "up-to-ground"),
    ] {
        let ways = WAYS.replacen(from, to, 1);
        let problem = only(&Folder::well().with_more(SITUATION_FILE, &ways));
        assert_eq!((problem.file.as_str(), problem.code), (SITUATION_FILE, code), "{problem}");
        assert!(problem.sentence.contains(word), "{problem}");
        assert!(problem.line.is_some(), "{problem}");
    }
}

#[test]
fn every_shipped_situation_says_it() {
    for file in std::fs::read_dir(shipped().join("situations")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("\n[ways]\n"), "{}", path.display());
    }
}

const SCHEDULE: &str = "\n[[schedule]]\nid = \"office-hours\"\nbecause = \"the lease\"\n\
                        otherwise = 0.1\nhours = [{ days = [\"mon\", \"fri\"], from = \"09:00\", \
                        to = \"18:00\", share = 0.8 }]\n";

/// A site whose office has these hours, and people who need help.
fn with_schedule(schedule: &str) -> Folder {
    let zone = "id = \"office\"\nschedule = \"office-hours\"\nneed_help_to_leave = 2";
    let home = "id = \"h101\"\nzone = \"hall\"\nbuilding";
    Folder::well()
        .change(SITE_FILE, "id = \"office\"", zone)
        .change(SITE_FILE, "id = \"h101\"\nbuilding", home)
        .with_more(SITE_FILE, schedule)
}

#[test]
fn a_schedule_is_kept_by_the_clock_on_the_wall() {
    let loaded = with_schedule(SCHEDULE).load();
    let site = &loaded.configurations[0].site;
    let office: ZoneId = "office".parse().unwrap();
    // 2026-11-27 is a Friday; Seoul is nine hours east of Greenwich.
    for (moment, share) in [
        ("2026-11-26T23:59:59Z", 0.1),
        ("2026-11-27T00:00:00Z", 0.8),
        ("2026-11-27T08:59:59Z", 0.8),
        ("2026-11-27T09:00:00Z", 0.1),
        ("2026-11-28T03:00:00Z", 0.1),
    ] {
        let now: Timestamp = moment.parse().unwrap();
        assert!((site.crowd.share(&office, now) - share).abs() < 1e-12, "{moment}");
    }
    assert_eq!(site.crowd.need_help[&office], 2);
    assert_eq!(site.crowd.homes.values().next().unwrap().as_str(), "hall");
}

#[test]
fn what_is_wrong_with_a_schedule_is_said() {
    for (from, to, code, word) in [
        ("because = \"the lease\"\n", "", "missing-key", "where these hours come from"),
        ("\"18:00\"", "\"08:00\"", "empty-span", "a night is two entries"),
        ("\"09:00\"", "\"9:00\"", "bad-value", "09:00"),
        ("\"09:00\"", "\"24:01\"", "bad-value", "24:00"),
        ("0.8", "1.8", "out-of-range", "from 0 to 1"),
        ("\"fri\"", "\"fry\"", "unknown-word", "`fri`?"),
        ("office-hours", "opening", "unknown-schedule", "does not exist"),
    ] {
        let problem = only(&with_schedule(&SCHEDULE.replacen(from, to, 1)));
        assert_eq!((problem.file.as_str(), problem.code), (SITE_FILE, code), "{problem}");
        assert!(problem.sentence.contains(word), "{problem}");
    }
}
