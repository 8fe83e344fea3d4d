//! IndoorGML, as it is read and as it is refused.

use std::fs;

use jikimi::domain::{Id, PassageKind, Site, ZoneKind};
use jikimi::evacuate::import::{ASSUMED_WIDTH_M, Dialect, Source, Wishes, import};

use super::{HALL, codes, gml, holds, real, refused, well};

#[test]
fn a_building_in_indoorgml_becomes_a_site() {
    let imported = well(gml(HALL, &[]));
    let site = &imported.site;
    let zones: Vec<&str> = site.zones.keys().map(Id::as_str).collect();
    // Korean names stay names; the ids come from the cells' own.
    assert_eq!(
        zones,
        [
            "1f-c1",
            "1f-c4",
            "1f-corridor-1",
            "1f-office",
            "2f-c5",
            "2f-corridor-2",
            "2f-meeting-room"
        ]
    );
    assert_eq!(site.name, "작은 회관");
    let zone = |id: &str| &site.zones[id];
    assert_eq!((zone("1f-c4").name.as_str(), zone("1f-c4").kind), ("계단실", ZoneKind::Stairwell));
    assert_eq!(
        (zone("1f-c1").kind, zone("2f-corridor-2").kind),
        (ZoneKind::Hall, ZoneKind::Corridor)
    );
    assert!(site.zones.values().all(|zone| zone.polygon.len() == 4));
    // The anchor leads outside; a boundary gives its transition the width.
    assert_eq!((site.exits.len(), site.exits[0].zone.as_str()), (1, "1f-c1"));
    let door = |id: &str| site.passages.iter().find(|way| way.id.as_ref().unwrap().as_str() == id);
    for (id, width_m) in [("t1", 1.8), ("t2", 0.9), ("t3", ASSUMED_WIDTH_M)] {
        assert!((door(id).unwrap().clear_width_m - width_m).abs() < 1e-9, "{id}");
    }
    let stairs = door("t4").unwrap();
    assert_eq!(stairs.kind, PassageKind::Stairs);
    assert!((stairs.length_m - 6.7).abs() < 1e-9, "3.6 m up: {stairs:?}");
    assert_eq!(codes(&imported), ["no-width", "single-exit"]);
    let widths = imported.toml.matches("# assumed, not drawn").count();
    assert_eq!(widths, 4, "three transitions and the exit: {}", imported.toml);
    holds(&imported);
}

#[test]
fn what_does_not_hold_together_in_indoorgml_is_refused_with_its_line() {
    let line = |text: &str, needle: &str| Some(text[..text.find(needle).unwrap()].lines().count());
    let broken =
        HALL.replace("<core:connects xlink:href=\"#S3\"/>", "<core:connects xlink:href=\"#S9\"/>");
    let remark = refused(
        gml(&broken, &[]),
        "broken-link",
        line(&broken, "<core:connects xlink:href=\"#S9\""),
    );
    assert!(remark.sentence.contains("#S9") && remark.sentence.contains("State"), "{remark}");
    let broken = HALL.replacen(
        "<core:connects xlink:href=\"#T2\"/>",
        "<core:connects xlink:href=\"#\"/>",
        1,
    );
    refused(gml(&broken, &[]), "broken-link", line(&broken, "<core:connects xlink:href=\"#\""));
    let broken =
        HALL.replace("<core:duality xlink:href=\"#C3\"/>", "<core:duality xlink:href=\"#C33\"/>");
    refused(gml(&broken, &[]), "broken-link", line(&broken, "<core:duality xlink:href=\"#C33\""));
    let broken = HALL.replace("4 4 0 12 4 0", "4 4 0 12 four 0");
    let position = &broken[..broken.find("12 four").unwrap()];
    let list = position[..position.rfind("<gml:posList").unwrap()].lines().count();
    refused(gml(&broken, &[]), "bad-position", Some(list));
    let broken = HALL.replace("</core:SpaceLayer>", "");
    assert!(gml(&broken, &[]).expect_err("no XML").problems[0].sentence.contains("XML"));
    let old = HALL.replace("indoorgml/1.0/core", "indoorgml/0.9/core");
    let remark = refused(gml(&old, &[]), "old-dialect", Some(3));
    assert!(remark.sentence.contains("1.0"), "{remark}");
    let entities =
        format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{}", &HALL[HALL.find("<core:Ind").unwrap()..]);
    refused(gml(&entities, &[]), "syntax", Some(1));
}

#[test]
fn both_versions_are_read_and_what_they_allow_but_nobody_can_walk_is_not() {
    let newer = HALL.replace("indoorgml/1.0/core", "indoorgml/1.1/core");
    assert_eq!(well(gml(&newer, &[])).toml, well(gml(HALL, &[])).toml);
    let latest = HALL.replace("indoorgml/1.0/core", "indoorgml/2.0/core");
    let remark = refused(gml(&latest, &[]), "old-dialect", Some(3));
    assert!(remark.sentence.contains("another version"), "{remark}");
    let (begin, end) = ("<core:spaceLayerMember>", "</core:spaceLayerMember>");
    let layer = &HALL[HALL.find(begin).unwrap()..HALL.find(end).unwrap() + end.len()];
    let two = HALL.replace(layer, &format!("{layer}{layer}"));
    let second = two[..two.rfind("<core:SpaceLayer ").unwrap()].lines().count();
    refused(gml(&two, &[]), "several-layers", Some(second));
    let degrees = HALL.replacen("<gml:Polygon ", "<gml:Polygon srsName=\"EPSG:4326\" ", 1);
    refused(gml(&degrees, &[]), "not-metres", Some(15));
    let shuffled = HALL.replacen("<core:connects xlink:href=\"#S1\"/>", "", 1);
    let remark =
        refused(gml(&shuffled, &[]), "broken-link", Some(line_of_last(&shuffled, "\"T1\"")));
    assert!(remark.sentence.contains("1 ends") && remark.sentence.contains("two"), "{remark}");
}

fn line_of_last(text: &str, needle: &str) -> usize {
    text[..text.rfind(needle).unwrap()].lines().count()
}

#[test]
fn an_exit_is_named_by_its_id_or_its_name_and_never_guessed() {
    let closed = HALL.replace("navi:AnchorSpace", "navi:TransitionSpace");
    let remark = refused(gml(&closed, &[]), "no-exit", None);
    assert!(remark.sentence.contains("--exit") && remark.sentence.contains("Office"), "{remark}");
    for wish in ["C1", "현관", "c1"] {
        assert_eq!(well(gml(&closed, &[wish])).site.exits[0].zone.as_str(), "1f-c1", "{wish}");
    }
    let remark = refused(gml(&closed, &["계단실"]), "unknown-exit", None);
    assert!(remark.sentence.contains("C4") && remark.sentence.contains("C5"), "{remark}");
    refused(gml(&closed, &["Lobby"]), "unknown-exit", None);
    // Out of the upper storey: that is the ground floor then.
    assert_eq!(
        well(gml(&closed, &["Meeting room"])).site.exits[0].zone.as_str(),
        "1f-meeting-room"
    );
}

#[test]
fn what_has_no_way_out_is_refused_or_left_out_and_said() {
    let alone = HALL.replace("<core:connects xlink:href=\"#T6\"/>", "");
    let cut = alone.find("<core:Transition gml:id=\"T6\">").unwrap();
    let (from, to) = (
        alone[..cut].rfind("<core:transitionMember>").unwrap(),
        alone[cut..].find("</core:transitionMember>").unwrap() + cut,
    );
    let alone = format!("{}{}", &alone[..from], &alone[to + "</core:transitionMember>".len()..]);
    let remark = refused(gml(&alone, &[]), "unreachable", Some(131));
    assert!(remark.sentence.contains("Meeting room"), "{remark}");
    let wishes = Wishes { leave_out_unreachable: true, ..Wishes::default() };
    let source = Source { file: "hall.gml", text: &alone };
    let imported = well(import(Dialect::IndoorGml, &[source], &wishes));
    assert_eq!(imported.site.zones.len(), 6);
    assert!(imported.toml.contains("# Left out") && codes(&imported).contains(&"unreachable"));
    holds(&imported);
}

#[test]
fn whatever_a_name_holds_the_file_holds_it_too() {
    let odd = "회의실 \"가\" \\ 3 # [[zone]]";
    let text = HALL.replace("Meeting room", &odd.replace('"', "&quot;"));
    let imported = well(gml(&text, &[]));
    assert_eq!(imported.site.zones["2f-c7"].name, odd);
    holds(&imported);
}

#[test]
fn a_real_house_of_three_storeys_imports_and_plans() {
    let Some(path) = real("fjk-haus.gml") else { return };
    let text = fs::read_to_string(path).unwrap();
    refused(gml(&text, &[]), "no-exit", None);
    let imported = well(gml(&text, &["101"]));
    let Site { storeys, zones, passages, .. } = &imported.site;
    // 30 transitions are 15 ways, each written there and back; two doors join 101 and 102.
    assert_eq!((storeys.len(), zones.len(), passages.len()), (3, 14, 15));
    let levels: Vec<i32> = storeys.values().map(|storey| storey.level).collect();
    assert_eq!(levels, [1, 2, -1]);
    assert!(zones.values().all(|zone| zone.polygon.len() >= 4));
    assert!(holds(&imported) > 0);
}

#[test]
fn a_drawing_from_before_the_standard_is_refused_with_a_reason() {
    let Some(path) = real("pre-1.0-dialect.gml") else { return };
    let remark = refused(gml(&fs::read_to_string(path).unwrap(), &[]), "old-dialect", Some(2));
    assert!(remark.sentence.contains("before IndoorGML 1.0"), "{remark}");
    assert!(remark.sentence.contains("http://www.opengis.net/indoorgml/1.0/core"), "{remark}");
}
