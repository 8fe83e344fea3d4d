//! `sites/*.toml`: one file per site, with its buildings, zones, ways and devices.
//!
//! A site is refused whole: a zone that is missing from half a building would be a zone nobody is
//! led out of.

use std::collections::{BTreeMap, BTreeSet};

use super::Homes;
use super::addresses::{Addressed, Addresses};
use super::care;
use super::crowd::People;
use super::document::Document;
use super::entry::Entry;
use super::names::{Known, Taken};
use super::nearest::hint;
use super::plan::{At, BEARING, Outline, is_at};
use super::problem::Report;
use super::site_words::{Ends, Timezone, is_csv};
use super::switches;
use super::want::{ABOVE_ZERO, Count, Level, ListOf, Text, Word, YesOrNo, quoted};
use super::ways::Ways;
use crate::domain::time::seconds;
use crate::domain::{
    Building, BuildingId, Device, DeviceId, DeviceKind, Exit, Home, HomeId, Id, Mounted, Passage,
    PassageKind, Point, Quantity, Sign, Site, SiteId, Storey, StoreyId, Zone, ZoneId, ZoneKind,
};

/// What one site file holds.
pub(super) struct Surveyed {
    /// The site, if all of it was well.
    pub site: Option<Site>,
    pub zones: Known<Zone>,
    pub devices: Known<Device>,
    /// Where each device stands in the file.
    pub device_lines: BTreeMap<DeviceId, usize>,
    /// Those that speak through a gateway.
    pub addressed: Vec<Addressed>,
    /// The file of homes that it names.
    pub homes: Option<String>,
}

/// Reads one site file.
pub(super) fn read(
    document: &Document<'_>,
    homes: &[Homes<'_>],
    taken: &mut Taken,
    addresses: &mut Addresses<'_>,
    report: &mut Report,
) -> Surveyed {
    let mut survey = Survey::new(!document.is_broken(), addresses, report);
    let mut root = document.root("site");
    let named = survey.homes_file(&mut root, homes);
    let site = survey.site(&mut root, named, taken);
    if !root.finish(survey.report) {
        survey.well = false;
    }
    let Survey { well, zones, devices, device_lines, addressed, .. } = survey;
    let homes = named.map(|of| of.homes.file.to_owned());
    Surveyed { site: site.filter(|_| well), zones, devices, device_lines, addressed, homes }
}

/// One site file being read, from the top down: what refers comes after what it refers to.
struct Survey<'r, 'm> {
    report: &'r mut Report,
    addresses: &'r mut Addresses<'m>,
    addressed: Vec<Addressed>,
    /// Whether nothing was wrong so far.
    well: bool,
    places: Taken,
    exits: Taken,
    signs: Taken,
    mounting_points: Taken,
    switches: Taken,
    buildings: Known<Building>,
    storeys: Known<Storey>,
    zones: Known<Zone>,
    homes: Known<Home>,
    gateways: Known<Device>,
    /// The gateway of all that hangs in a home.
    of_home: BTreeMap<HomeId, DeviceId>,
    devices: Known<Device>,
    device_lines: BTreeMap<DeviceId, usize>,
    /// Zones that need a way out, with their lines.
    inside: Vec<(ZoneId, usize)>,
    ways: Ways,
    /// Where each storey stands in the file, and in which building.
    storeyed: BTreeMap<StoreyId, (BuildingId, usize)>,
    /// The storey and the outline of each zone.
    drawn: BTreeMap<ZoneId, (StoreyId, Vec<Point>)>,
    people: People,
}

impl<'r, 'm> Survey<'r, 'm> {
    fn new(all: bool, addresses: &'r mut Addresses<'m>, report: &'r mut Report) -> Self {
        Self {
            report,
            addresses,
            addressed: Vec::new(),
            well: all,
            places: Taken::among(
                "in a site across itself, buildings, storeys, zones, homes and passages",
            ),
            exits: Taken::among("among a site's exits"),
            signs: Taken::among("among a site's signs"),
            switches: Taken::among("among a site's switches"),
            mounting_points: Taken::among("among a site's devices"),
            buildings: Known::new("building", "unknown-building", all),
            storeys: Known::new("storey", "unknown-storey", all),
            zones: Known::new("zone", "unknown-zone", all),
            homes: Known::new("home", "unknown-home", all),
            gateways: Known::new("gateway", "unknown-gateway", all),
            of_home: BTreeMap::new(),
            devices: Known::new("device", "unknown-device", all),
            device_lines: BTreeMap::new(),
            inside: Vec::new(),
            ways: Ways::default(),
            storeyed: BTreeMap::new(),
            drawn: BTreeMap::new(),
            people: People::new(all),
        }
    }

    /// The file of homes that the site names, if it names one.
    fn homes_file<'h, 't>(
        &mut self,
        root: &mut Entry<'_>,
        homes: &'h [Homes<'t>],
    ) -> Option<&'h Homes<'t>> {
        let name = root.optional("homes", &Text("a file beside this one, such as \"usan.csv\""))?;
        let found = homes.iter().find(|of| of.homes.file == format!("sites/{name}"));
        if found.is_none() {
            let names = homes.iter().filter_map(|of| of.homes.file.strip_prefix("sites/"));
            let hint = hint(&name, names);
            let words = format!(
                "`homes` is {}, and no such file stands beside this one{hint}; its lines are \
                 home,device,kind,profile",
                quoted(&name)
            );
            let line = root.line_of("homes");
            root.refuse(Some(line), "unknown-homes-file", &words);
        }
        self.well &= found.is_none_or(|of| of.whole);
        found
    }

    /// The homes, or the devices, of the file of homes.
    fn listed<'d, T>(
        &mut self,
        document: Option<&'d Document<'d>>,
        key: &'static str,
        read: fn(&mut Self, &mut Entry<'d>) -> Option<T>,
    ) -> Vec<T> {
        let Some(document) = document else { return Vec::new() };
        let mut root = document.root("file of homes");
        self.all(&mut root, key, read)
    }

    fn site(
        &mut self,
        root: &mut Entry<'_>,
        named: Option<&Homes<'_>>,
        taken: &mut Taken,
    ) -> Option<Site> {
        let id: Option<SiteId> = root.id();
        if let Some(id) = &id {
            taken.give(root, id);
            self.places.give(root, id);
        }
        let name = root.required("name", &NAME);
        let timezone = root.required("timezone", &Timezone);
        let registered_only = root.optional("registered_only", &YesOrNo).unwrap_or_default();
        let buildings = self.all(root, "building", Self::building);
        let storeys = self.all(root, "storey", Self::storey);
        self.well &= self.people.read(root, self.report);
        let zones = self.all(root, "zone", Self::zone);
        let gateways = self.all(root, "gateway", Self::gateway);
        let mut homes = self.all(root, "home", Self::home);
        homes.extend(self.listed(named.map(|of| &of.homes), "home", Self::home));
        let passages = self.all(root, "passage", Self::passage);
        let exits = self.all(root, "exit", Self::exit);
        let signs = self.all(root, "sign", Self::sign);
        let switches = self
            .all(root, "switch", |of, entry| switches::read(entry, &of.zones, &mut of.switches));
        let mut devices = self.all(root, "device", Self::device);
        // Where a device stands is asked of this file only.
        let lines = self.device_lines.clone();
        devices.extend(self.listed(named.map(|of| &of.devices), "device", Self::device));
        self.device_lines = lines;
        let care = care::read(root, self.report);
        self.refuse_zones_without_way_out(root);
        self.refuse_storeys_without_sign(root, &signs);
        Some(Site {
            crowd: self.people.taken(timezone.as_deref()),
            id: id?,
            name: name?,
            timezone: timezone?,
            buildings: buildings.into_iter().map(|is| (is.id.clone(), is)).collect(),
            storeys: storeys.into_iter().map(|is| (is.id.clone(), is)).collect(),
            zones: zones.into_iter().map(|is| (is.id.clone(), is)).collect(),
            homes: homes.into_iter().map(|is| (is.id.clone(), is)).collect(),
            care: care?,
            passages,
            exits,
            signs: signs.into_iter().map(|is| (is.id.clone(), is)).collect(),
            devices: devices.into_iter().chain(gateways).map(|is| (is.id.clone(), is)).collect(),
            switches: switches.into_iter().map(|is| (is.id.clone(), is)).collect(),
            registered_only,
        })
    }

    /// Every `[[key]]` of the file that is well.
    fn all<'d, T>(
        &mut self,
        root: &mut Entry<'d>,
        key: &'static str,
        read: fn(&mut Self, &mut Entry<'d>) -> Option<T>,
    ) -> Vec<T> {
        let mut well = Vec::new();
        for mut entry in root.each(key) {
            let is = read(self, &mut entry);
            if !entry.finish(self.report) {
                self.well = false;
            }
            well.extend(is);
        }
        well
    }

    /// The id of an entry that is a place.
    fn place<T>(&mut self, entry: &mut Entry<'_>) -> Option<Id<T>> {
        let id = entry.id()?;
        self.places.give(entry, &id);
        Some(id)
    }

    fn building(&mut self, entry: &mut Entry<'_>) -> Option<Building> {
        let id = self.place(entry).inspect(|id| self.buildings.add(id));
        let name = entry.required("name", &NAME);
        Some(Building { id: id?, name: name? })
    }

    fn storey(&mut self, entry: &mut Entry<'_>) -> Option<Storey> {
        let id = self.place(entry).inspect(|id| self.storeys.add(id));
        let building = entry.required("building", &self.buildings);
        let level = entry.required("level", &Level);
        let (id, building) = (id?, building?);
        self.storeyed.insert(id.clone(), (building.clone(), entry.line()));
        Some(Storey { id, building, level: level? })
    }

    fn zone(&mut self, entry: &mut Entry<'_>) -> Option<Zone> {
        let id = self.place(entry).inspect(|id| self.zones.add(id));
        let storey = entry.required("storey", &self.storeys);
        let kind = entry.required("kind", &Word::<ZoneKind>::new());
        let name = entry.optional("name", &NAME);
        let polygon = entry.optional("polygon", &Outline);
        let (polygon, id) = (polygon.unwrap_or_default(), id?);
        if let Some(storey) = &storey {
            self.drawn.insert(id.clone(), (storey.clone(), polygon.clone()));
        }
        if kind != Some(ZoneKind::Outside) {
            self.inside.push((id.clone(), entry.line()));
        }
        self.people.zone(entry, Some(&id));
        let [people, places] = ["people", "places"].map(|key| entry.optional(key, &Count));
        if places.is_some() && kind.is_some_and(|kind| kind != ZoneKind::Refuge) {
            let words = "only a zone of `kind` refuge has `places`; leave it out";
            let line = entry.line_of("places");
            entry.refuse(Some(line), "no-refuge", words);
        }
        let name = name.unwrap_or_else(|| id.to_string());
        Some(Zone { id, storey: storey?, kind: kind?, name, polygon, people, places })
    }

    fn home(&mut self, entry: &mut Entry<'_>) -> Option<Home> {
        let id = self.place(entry).inspect(|id| self.homes.add(id));
        let building = match (entry.has("building"), self.buildings.only()) {
            // A file of homes of a site with one building need not name it.
            (false, Some(only)) if is_csv(entry) => Some(only.clone()),
            _ => entry.required("building", &self.buildings),
        };
        let gateway = entry.optional("gateway", &self.gateways);
        self.of_home.extend(id.clone().zip(gateway));
        self.people.home(entry, id.as_ref(), &self.zones);
        Some(Home { id: id?, building: building? })
    }

    /// A gateway hangs in a building and may have something to say itself.
    fn gateway(&mut self, entry: &mut Entry<'_>) -> Option<Device> {
        let id: Option<DeviceId> = entry.id();
        if let Some(id) = &id {
            self.mounting_points.give(entry, id);
            self.gateways.add(id);
            self.devices.add(id);
            self.device_lines.insert(id.clone(), entry.line());
        }
        let building = entry.required("building", &self.buildings);
        let reads = entry.optional("reads", &ListOf::some(Word::<Quantity>::new()));
        let silent_after = entry.optional("silent_after_s", &ABOVE_ZERO).map(seconds);
        Some(Device {
            id: id?,
            kind: Some(DeviceKind::Gateway),
            mounted: Mounted::Building(building?),
            reads: reads.unwrap_or_default(),
            silent_after,
            gateway: None,
        })
    }

    fn passage(&mut self, entry: &mut Entry<'_>) -> Option<Passage> {
        let id = entry.has("id").then(|| self.place(entry)).flatten();
        let between = entry.required("between", &Ends(&self.zones));
        match &between {
            Some(ends) => self.ways.passage(ends),
            None => self.doubt_passage(entry),
        }
        let length_m = entry.required("length_m", &ABOVE_ZERO);
        let clear_width_m = entry.required("clear_width_m", &ABOVE_ZERO);
        let at = entry.optional("at", &At);
        let barrier_free = entry.optional("barrier_free", &YesOrNo);
        let kind = entry.optional("kind", &Word::<PassageKind>::new());
        let between = between?;
        let kind = self.passage_kind(entry, kind, &between);
        let (length_m, clear_width_m) = (length_m?, clear_width_m?);
        Some(Passage { id, between, kind, length_m, clear_width_m, barrier_free, at })
    }

    /// What a passage is: what it says, or a door on one storey and stairs between two.
    fn passage_kind(
        &self,
        entry: &mut Entry<'_>,
        said: Option<PassageKind>,
        [one, other]: &[ZoneId; 2],
    ) -> PassageKind {
        let storey = |zone| self.drawn.get(zone).map(|(storey, _)| storey);
        let (one, other) = (storey(one), storey(other));
        let climbs = one != other;
        let kind = said.unwrap_or(if climbs { PassageKind::Stairs } else { PassageKind::Door });
        let (Some(one), Some(other)) = (one, other) else { return kind };
        if kind.is_vertical() != climbs {
            let words = match climbs {
                true => {
                    format!("it joins the storeys `{one}` and `{other}`; say `kind` stairs or lift")
                }
                false => format!(
                    "it stays on storey `{one}`, where `kind` is door or opening; stairs and lift \
                     join two storeys"
                ),
            };
            let line = entry.line_of("kind");
            entry.refuse(Some(line), "wrong-kind", &words);
        }
        kind
    }

    /// A passage that could not be read gives its ends, as they were meant, the benefit of the
    /// doubt; an end that cannot be guessed may be anywhere.
    fn doubt_passage(&mut self, entry: &mut Entry<'_>) {
        let ends = entry.raw("between").and_then(|ends| ends.get_ref().as_array());
        let Some(ends) = ends.filter(|ends| !ends.is_empty()) else {
            return self.ways.doubt_all();
        };
        for end in ends {
            let meant = end.get_ref().as_str().and_then(|end| self.zones.meant_by(end));
            match meant {
                Some(zone) => self.ways.exit(zone),
                None => self.ways.doubt_all(),
            }
        }
    }

    fn exit(&mut self, entry: &mut Entry<'_>) -> Option<Exit> {
        let id = entry.id();
        if let Some(id) = &id {
            self.exits.give(entry, id);
        }
        let zone = entry.required("zone", &self.zones);
        match &zone {
            Some(zone) => self.ways.exit(zone),
            None => self.ways.doubt_all(),
        }
        let length_m = entry.required("length_m", &ABOVE_ZERO);
        let clear_width_m = entry.required("clear_width_m", &ABOVE_ZERO);
        let at = entry.optional("at", &At);
        let (length_m, clear_width_m) = (length_m?, clear_width_m?);
        Some(Exit { id: id?, zone: zone?, length_m, clear_width_m, at })
    }

    fn sign(&mut self, entry: &mut Entry<'_>) -> Option<Sign> {
        let id = entry.id();
        if let Some(id) = &id {
            self.signs.give(entry, id);
        }
        let zone = entry.required("zone", &self.zones);
        let at = entry.required("at", &At);
        let facing_deg = entry.required("facing_deg", &BEARING);
        let (zone, at) = (zone?, at?);
        let outline = self.drawn.get(&zone).map(|(_, polygon)| polygon.as_slice());
        if outline.is_some_and(|outline| !outline.is_empty() && !is_at(at, outline)) {
            let words = format!(
                "it hangs at [{}, {}], outside the polygon of zone `{zone}`; name the zone whose \
                 people read it, and a point in it",
                at.x, at.y
            );
            let line = entry.line_of("at");
            entry.refuse(Some(line), "sign-outside-zone", &words);
        }
        Some(Sign { id: id?, zone, at, facing_deg: facing_deg? })
    }

    fn device(&mut self, entry: &mut Entry<'_>) -> Option<Device> {
        let id: Option<DeviceId> = entry.id();
        if let Some(id) = &id {
            self.mounting_points.give(entry, id);
            self.devices.add(id);
            self.device_lines.insert(id.clone(), entry.line());
        }
        let kind = entry.optional("kind", &Word::<DeviceKind>::new());
        let mounted = self.mounted(entry);
        let reads = entry.required("reads", &ListOf::some(Word::<Quantity>::new()));
        let silent_after = entry.optional("silent_after_s", &ABOVE_ZERO).map(seconds);
        let own_gateway = entry.optional("gateway", &self.gateways);
        if kind == Some(DeviceKind::Gateway) {
            let words = "`kind` is gateway; write [[gateway]] above it instead of [[device]]";
            let line = entry.line_of("kind");
            entry.refuse(Some(line), "gateway-as-device", words);
        }
        let gateway = own_gateway.or_else(|| match &mounted {
            Some(Mounted::Home(home)) => self.of_home.get(home).cloned(),
            _ => None,
        });
        if let Some(addressed) = self.addresses.of(entry, id.as_ref(), reads.as_deref()) {
            self.addressed.push(addressed);
        }
        Some(Device { id: id?, kind, mounted: mounted?, reads: reads?, silent_after, gateway })
    }

    fn mounted(&self, entry: &mut Entry<'_>) -> Option<Mounted> {
        let zone = entry.optional("zone", &self.zones);
        let home = entry.optional("home", &self.homes);
        match (entry.has("zone"), entry.has("home")) {
            (true, false) => zone.map(Mounted::Zone),
            (false, true) => home.map(Mounted::Home),
            (true, true) => {
                let words = "it hangs in a `zone` and in a `home`; leave one of them out";
                let line = entry.line_of("home");
                entry.refuse(Some(line), "two-places", words);
                None
            }
            (false, false) => {
                entry.missing("zone", "say in which `zone` or `home` it hangs");
                None
            }
        }
    }

    fn refuse_zones_without_way_out(&mut self, root: &mut Entry<'_>) {
        // A file that could not be read whole may have its exits in the other half.
        if root.document().is_broken() || !self.ways.is_certain() {
            return;
        }
        let right = match self.ways.has_exits() {
            true => "say a [[passage]] between it and a zone that has one",
            false => "the site has no [[exit]]; say where it leads outside",
        };
        let reached = self.ways.with_way_out();
        for (zone, line) in self.inside.iter().filter(|(zone, _)| !reached.contains(zone)) {
            let words = format!("zone `{zone}` has no way out; {right}");
            root.refuse(Some(*line), "no-way-out", &words);
        }
    }

    /// Signs on some storeys only would leave the others to guess.
    fn refuse_storeys_without_sign(&mut self, root: &mut Entry<'_>, signs: &[Sign]) {
        if root.document().is_broken() || !self.well {
            return;
        }
        let storey = |zone| self.drawn.get(zone).map(|(storey, _)| storey);
        let signed: BTreeSet<&StoreyId> = signs.iter().filter_map(|s| storey(&s.zone)).collect();
        let inside: BTreeSet<&StoreyId> =
            self.inside.iter().filter_map(|(zone, _)| storey(zone)).collect();
        let building = |storey| self.storeyed.get(storey).map(|(building, _)| building);
        let with_signs: BTreeSet<&BuildingId> =
            signed.iter().filter_map(|s| building(*s)).collect();
        for (storey, (building, line)) in &self.storeyed {
            if with_signs.contains(building) && inside.contains(storey) && !signed.contains(storey)
            {
                let words = format!(
                    "storey `{storey}` has no sign, and other storeys of building `{building}` \
                     have; add a [[sign]] in one of its zones"
                );
                root.refuse(Some(*line), "storey-without-sign", &words);
            }
        }
    }
}

const NAME: Text = Text("a name in quotes");
