//! GeoJSON storey by storey: what is seen between walls.

use jikimi::domain::{Id, PassageKind, Site, ZoneKind};
use jikimi::evacuate::import::ASSUMED_WIDTH_M;

use super::{clinic, codes, folder, geojson, holds, real, refused, well, wishes};

#[test]
fn a_building_in_geojson_becomes_a_site() {
    let imported = well(geojson(&clinic(), &wishes(&["door-14"])));
    let site = &imported.site;
    let zones: Vec<&str> = site.zones.keys().map(Id::as_str).collect();
    assert_eq!(zones.len(), 9, "{zones:?}");
    for zone in
        ["1f-corridor", "1f-stair-a", "1f-waiting-room", "2f-stair-a", "2f-222", "2f-archive"]
    {
        assert!(zones.contains(&zone), "{zone} among {zones:?}");
    }
    assert_eq!(site.zones["2f-222"].name, "상담실");
    let exits: Vec<&str> = site.exits.iter().map(|exit| exit.id.as_str()).collect();
    assert_eq!(exits, ["exit-front-door", "exit-door-14"]);
    let ways = |id: &str| {
        let of = |way: &&jikimi::domain::Passage| way.between.iter().any(|end| end.as_str() == id);
        site.passages.iter().filter(of).collect::<Vec<_>>()
    };
    let door = ways("1f-waiting-room");
    assert_eq!((door.len(), door[0].kind), (1, PassageKind::Door));
    assert!((door[0].clear_width_m - 1.0).abs() < 0.02, "{door:?}");
    let stairs = ways("2f-stair-a");
    assert!(stairs.iter().any(|way| way.kind == PassageKind::Stairs));
    // A drawn room has walls; only the path that people drew opens it.
    let archive = ways("2f-archive");
    assert_eq!((archive.len(), archive[0].kind), (1, PassageKind::Opening));
    assert!((archive[0].clear_width_m - ASSUMED_WIDTH_M).abs() < 1e-9, "{archive:?}");
    let corridor = &site.zones["1f-corridor"].polygon;
    let width = corridor.iter().map(|c| c.x).fold(0.0, f64::max)
        - corridor.iter().map(|c| c.x).fold(99.0, f64::min);
    assert!((width - 15.6).abs() < 0.02, "{width} m");
    assert_eq!(codes(&imported), ["kind-assumed", "no-width", "single-exit"]);
    holds(&imported);
}

#[test]
fn spaces_between_walls_are_as_large_as_they_are() {
    let imported = well(geojson(&clinic(), &wishes(&[])));
    let area = |id: &str| {
        let polygon = &imported.site.zones[id].polygon;
        jikimi::evacuate::occupancy::area_m2(polygon)
    };
    // 6.8 by 4.6 m between the walls, which take up whole squares of 10 cm.
    let room = area("1f-waiting-room");
    assert!((room - 6.8 * 4.6).abs() < 0.05 * 6.8 * 4.6, "{room} m²");
}

#[test]
fn what_is_wrong_in_geojson_is_refused_with_its_line() {
    let with = |file: &str, from: &str, to: &str| {
        let mut files = clinic();
        let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
        assert!(text.contains(from), "{from}");
        *text = text.replacen(from, to, 1);
        geojson(&files, &wishes(&[]))
    };
    let remark =
        refused(with("ground.geojson", "\"hallway\"", "\"halway\""), "unknown-kind", Some(20));
    assert!(remark.sentence.contains("halway") && remark.sentence.contains("hallway"), "{remark}");
    refused(with("ground.geojson", "\"Polygon\"", "\"Polygone\""), "bad-feature", Some(4));
    refused(with("main-paths.json", "[0, 1]", "[0]"), "broken-link", Some(5));
    refused(with("ground.geojson", "[126.85, 35.16]", "[1126.85, 35.16]"), "not-wgs84", Some(4));
    refused(with("ground.geojson", "[126.85, 35.16]", "[127.85, 35.16]"), "too-large", None);
    refused(with("main.json", "\"upper.geojson\"", "\"uper.geojson\""), "no-level", None);
    refused(with("upper.geojson", " \"features\"", " features"), "syntax", Some(3));
}

#[test]
fn a_room_without_a_door_is_a_shaft_and_one_that_was_drawn_is_unreachable() {
    let mut files = clinic();
    let upper = files.iter_mut().find(|(name, _)| name == "upper.geojson").unwrap();
    let door = upper.1.find("{\"type\": \"Feature\", \"properties\": {\"id\": 212,").unwrap();
    let end = door + upper.1[door..].find('\n').unwrap() + 1;
    upper.1.replace_range(door..end, "");
    let remark = refused(geojson(&files, &wishes(&[])), "unreachable", Some(16));
    assert!(remark.sentence.contains("상담실"), "{remark}");
}

#[test]
fn a_real_office_of_seven_storeys_imports_and_plans() {
    let Some(path) = real("westport-house") else { return };
    let files = folder(&path.join("main.json"));
    // One entrance is drawn; parts of the ground floor have doors of their own.
    let remark = geojson(&files, &wishes(&[])).expect_err("unreachable").problems.remove(0);
    assert!(remark.sentence.contains("door-"), "{remark}");
    let doors = ["door-166", "door-177", "door-195", "door-1002", "door-1003"];
    let imported = well(geojson(&files, &wishes(&doors)));
    let Site { storeys, zones, exits, .. } = &imported.site;
    assert_eq!((storeys.len(), exits.len()), (7, 6));
    assert!(zones.len() > 250, "{} zones", zones.len());
    let of = |kind| zones.values().filter(|zone| zone.kind == kind).count();
    assert!(of(ZoneKind::Stairwell) > 20, "{} stairs", of(ZoneKind::Stairwell));
    assert_eq!(zones["3f-unit-4"].name, "Unit 4");
    assert!(holds(&imported) > 0);
}
