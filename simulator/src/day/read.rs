//! Reads a script: every statement by itself, then whether what they name exists.

use jiff::civil::Date;
use jiff::tz::Offset;

use super::nearest::nearest;
use super::script::{
    About, Device, FLAGS, Growth, Habit, Happens, Home, KIT, Kind, NUMBERS, Script, Site, Story,
    Turn,
};
use super::words::{Mistake, Read, Words, statements};
use crate::recording::SEOUL;

/// What a line may begin with.
const BEGINNINGS: &str = "`day`, `seed`, `offset`, `site`, `device`, `home` or a time of day";

const HOUR_MS: u64 = 3_600_000;

/// Reads a whole script, or everything that is wrong with it.
pub fn read(text: &str) -> Result<Script, Vec<Mistake>> {
    let mut reader = Reader::default();
    for statement in statements(text) {
        if let Err(mistake) = reader.statement(&mut Words::new(&statement)) {
            reader.mistakes.push(mistake);
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    date: Option<Date>,
    offset: Option<Offset>,
    seed: Option<u64>,
    sites: Vec<Site>,
    mentions: Vec<Mention>,
    mistakes: Vec<Mistake>,
}

/// A zone or device that a story names.
struct Mention {
    line: usize,
    site: usize,
    what: What,
    id: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Spot,
    Device(Option<&'static str>),
}

impl Reader {
    fn statement(&mut self, words: &mut Words<'_>) -> Read<()> {
        match words.peek().unwrap_or_default() {
            "day" => self.day(words)?,
            "seed" => self.seed(words)?,
            "offset" => self.offset(words)?,
            "site" => self.site(words)?,
            "device" | "devices" => self.device(words)?,
            "home" | "homes" => self.home(words)?,
            word if word.starts_with(|c: char| c.is_ascii_digit()) => self.story(words)?,
            _ => return Err(words.mistake(BEGINNINGS)),
        }
        words.end()
    }

    fn day(&mut self, words: &mut Words<'_>) -> Read<()> {
        words.must_be("day")?;
        self.date = Some(words.read("a date, as 2026-11-24", |word| word.parse().ok())?);
        Ok(())
    }

    fn seed(&mut self, words: &mut Words<'_>) -> Read<()> {
        words.must_be("seed")?;
        self.seed = Some(words.read("a whole number from 0", |word| word.parse().ok())?);
        Ok(())
    }

    fn offset(&mut self, words: &mut Words<'_>) -> Read<()> {
        words.must_be("offset")?;
        let parse = |word: &str| {
            let hours: i8 = word.strip_suffix(":00")?.parse().ok()?;
            Offset::from_hours(hours).ok()
        };
        self.offset = Some(words.read("whole hours from UTC, as +09:00", parse)?);
        Ok(())
    }

    fn site(&mut self, words: &mut Words<'_>) -> Read<()> {
        words.must_be("site")?;
        let id = words.id("a site")?;
        if self.sites.iter().any(|site| site.id == id) {
            return Err(words.problem(format!("site `{id}` is there already"), "another site"));
        }
        self.sites.push(Site { id, ..Site::default() });
        Ok(())
    }

    /// The site that a line belongs to.
    fn here(&mut self, words: &Words<'_>) -> Read<(usize, &mut Site)> {
        let number = self.sites.len().wrapping_sub(1);
        let missing = || words.problem("no site has been named yet", "`site ID` above this line");
        self.sites.last_mut().map(|site| (number, site)).ok_or_else(missing)
    }

    fn device(&mut self, words: &mut Words<'_>) -> Read<()> {
        self.here(words)?;
        let _ = words.eat("device") || words.eat("devices");
        let hung = hung(words)?;
        words.must_be(":")?;
        let mut habits = vec![habit(words)?];
        while words.eat(";") || words.eat(",") {
            habits.push(habit(words)?);
        }
        for (id, spot) in hung {
            let (_, site) = self.here(words)?;
            if site.devices.iter().any(|device| device.id == id) {
                return Err(words.problem(format!("device `{id}` is there already"), "another"));
            }
            site.devices.push(Device { id, spot, habits: habits.clone() });
        }
        Ok(())
    }

    fn home(&mut self, words: &mut Words<'_>) -> Read<()> {
        self.here(words)?;
        let _ = words.eat("home") || words.eat("homes");
        let ids = words.ids("a home")?;
        words.must_be(":")?;
        let mut changes = vec![home_change(words)?];
        while words.eat(";") || words.eat(",") {
            changes.push(home_change(words)?);
        }
        for id in ids {
            let (_, site) = self.here(words)?;
            let at = site.homes.iter().position(|home| home.id == id);
            let at = at.unwrap_or_else(|| {
                site.homes.push(ordinary(id.clone()));
                site.homes.len() - 1
            });
            for change in &changes {
                change.apply(&mut site.homes[at]);
            }
            refuse_misfits(words, &site.homes[at])?;
        }
        Ok(())
    }

    fn story(&mut self, words: &mut Words<'_>) -> Read<()> {
        self.here(words)?;
        let at_ms = words.time()?;
        let (happens, named) = match words.peek().unwrap_or_default() {
            "fire" => fire(words, at_ms)?,
            "cooking" => cooking(words, at_ms)?,
            _ => of_a_device(words, at_ms)?,
        };
        let (number, site) = self.here(words)?;
        site.stories.push(Story { at_ms, happens });
        let line = words.line();
        let mention = |(what, id)| Mention { line, site: number, what, id };
        self.mentions.extend(named.into_iter().map(mention));
        Ok(())
    }

    fn finish(mut self) -> Result<Script, Vec<Mistake>> {
        let mut slips: Vec<Mistake> = Vec::new();
        for mention in &self.mentions {
            slips.extend(unknown(&self.sites[mention.site], mention));
        }
        self.mistakes.extend(slips);
        let missing = |what: &str, wanted: &str| Mistake {
            line: 1,
            problem: format!("the script names no {what}"),
            wanted: wanted.to_owned(),
        };
        if self.date.is_none() {
            self.mistakes.push(missing("day", "a line as `day 2026-11-24`"));
        }
        if self.sites.is_empty() {
            self.mistakes.push(missing("site", "a line as `site center`"));
        }
        self.mistakes.sort_by_key(|mistake| mistake.line);
        let (seed, offset) = (self.seed.unwrap_or(7), self.offset.unwrap_or(SEOUL));
        match self.date {
            Some(date) if self.mistakes.is_empty() => {
                Ok(Script { date, offset, seed, sites: self.sites })
            }
            _ => Err(self.mistakes),
        }
    }
}

// ── devices ──

/// `heat-a, heat-b in kitchen, panel`: where it is said, it is said of all before it as well.
fn hung(words: &mut Words<'_>) -> Read<Vec<(String, Option<String>)>> {
    let (mut hung, mut here) = (Vec::new(), Vec::new());
    loop {
        here.extend(words.range_of("a device")?);
        if words.eat("in") {
            let spot = Some(words.id("a zone")?);
            hung.extend(here.drain(..).map(|id| (id, spot.clone())));
        }
        if !words.eat(",") {
            hung.extend(here.into_iter().map(|id| (id, None)));
            return Ok(hung);
        }
    }
}

fn habit(words: &mut Words<'_>) -> Read<Habit> {
    let numbers = NUMBERS.map(|name| (name, (name, true)));
    let known: Vec<_> =
        numbers.into_iter().chain(FLAGS.map(|name| (name, (name, false)))).collect();
    let (quantity, number) = words.one_of("a quantity", &known)?;
    if number {
        let around = words.number()?;
        let spread = if words.eat("±") { words.number()?.abs() } else { 0.0 };
        words.must_be("every")?;
        return Ok(Habit::Measures { quantity, around, spread, every_ms: words.span()? });
    }
    if let Some(on) = on_or_off(words) {
        words.must_be("every")?;
        return Ok(Habit::Says { quantity, on, every_ms: words.span()? });
    }
    let (from_ms, until_ms) = words
        .times()
        .map_err(|_| words.mistake("`on`, `off`, or when it is on now and then, as 08:30-18:30"))?;
    words.must_be("about")?;
    words.must_be("every")?;
    Ok(Habit::Stirs { quantity, from_ms, until_ms, every_ms: words.span()? })
}

fn on_or_off(words: &mut Words<'_>) -> Option<bool> {
    if words.eat("on") { Some(true) } else { words.eat("off").then_some(false) }
}

// ── homes ──

/// The home of someone of whom nothing is said.
fn ordinary(id: String) -> Home {
    let about = |at_ms| About { at_ms, about: true };
    let (up, bed) = (about(13 * HOUR_MS / 2), about(22 * HOUR_MS));
    let kit = vec!["pir", "door", "sos"];
    Home { id, kit, up, bed, outs: Vec::new(), turns: Vec::new() }
}

/// One thing that is said of a home.
enum HomeChange {
    Kit(Vec<&'static str>),
    Up(About),
    Bed(About),
    Out(About, About),
    StaysIn,
    Turn(Turn),
}

impl HomeChange {
    fn apply(&self, home: &mut Home) {
        match self {
            Self::Kit(kit) => home.kit.clone_from(kit),
            Self::Up(up) => home.up = *up,
            Self::Bed(bed) => home.bed = *bed,
            Self::Out(from, until) => home.outs.push((*from, *until)),
            Self::StaysIn => home.outs.clear(),
            Self::Turn(turn) => home.turns.push(*turn),
        }
    }
}

fn home_change(words: &mut Words<'_>) -> Read<HomeChange> {
    const WANTED: &str = "`with KIT`, `up TIME`, `bed TIME`, `out TIME-TIME`, `stays in`, \
                          `falls silent TIME`, `falls TIME` or `calls for help TIME`";
    let turn = |kind, at_ms| HomeChange::Turn(Turn { kind, at_ms });
    if words.eat("with") {
        return kit(words);
    }
    if words.eat("up") {
        return about(words).map(HomeChange::Up);
    }
    if words.eat("bed") {
        return about(words).map(HomeChange::Bed);
    }
    if words.eat("out") {
        let about = words.eat("about");
        let (from_ms, until_ms) = words.times()?;
        let [from, until] = [from_ms, until_ms].map(|at_ms| About { at_ms, about });
        return Ok(HomeChange::Out(from, until));
    }
    if words.eat_all(&["stays", "in"]) {
        return Ok(HomeChange::StaysIn);
    }
    if words.eat_all(&["falls", "silent"]) {
        return Ok(turn(Kind::Stillness, words.time()?));
    }
    if words.eat("falls") {
        return Ok(turn(Kind::Fall, words.time()?));
    }
    if words.eat_all(&["calls", "for", "help"]) {
        return Ok(turn(Kind::Sos, words.time()?));
    }
    Err(words.mistake(WANTED))
}

fn kit(words: &mut Words<'_>) -> Read<HomeChange> {
    let known = KIT.map(|name| (name, name));
    let mut kit = vec![words.one_of("a device of a home", &known)?];
    while words.peek().is_some_and(|word| ![",", ";"].contains(&word)) {
        kit.push(words.one_of("a device of a home", &known)?);
    }
    Ok(HomeChange::Kit(kit))
}

fn about(words: &mut Words<'_>) -> Read<About> {
    let about = words.eat("about");
    Ok(About { at_ms: words.time()?, about })
}

/// What cannot be: out in the night, falling where nothing sees it.
fn refuse_misfits(words: &Words<'_>, home: &Home) -> Read<()> {
    let id = &home.id;
    if home.up.at_ms >= home.bed.at_ms {
        return Err(words.problem(format!("`{id}` goes to bed before it is up"), "up before bed"));
    }
    let mut outs: Vec<(u64, u64)> = home.outs.iter().map(|(a, b)| (a.at_ms, b.at_ms)).collect();
    outs.sort_unstable();
    let awake = |(from, until): &(u64, u64)| home.up.at_ms <= *from && *until <= home.bed.at_ms;
    if !outs.iter().all(awake) {
        let problem = format!("`{id}` is out before it is up or after it has gone to bed");
        return Err(words.problem(problem, "a time between `up` and `bed`"));
    }
    if outs.windows(2).any(|pair| pair[0].1 >= pair[1].0) {
        return Err(words.problem(format!("`{id}` is out twice at once"), "one after the other"));
    }
    for turn in &home.turns {
        if outs.iter().any(|(from, until)| (*from..=*until).contains(&turn.at_ms)) {
            let problem = format!("`{id}` is out when the {} happens", turn.kind.name());
            return Err(words.problem(problem, "a time at which somebody is at home"));
        }
        let needs = match turn.kind {
            Kind::Sos => "sos",
            Kind::Fall => "radar",
            _ => "pir",
        };
        if !home.kit.contains(&needs) {
            let problem = format!("`{id}` has no {needs}, which a {} takes", turn.kind.name());
            return Err(words.problem(problem, format!("`with … {needs}`")));
        }
    }
    Ok(())
}

// ── stories ──

type Named = Vec<(What, String)>;

fn fire(words: &mut Words<'_>, at_ms: u64) -> Read<(Happens, Named)> {
    words.must_be("fire")?;
    words.must_be("in")?;
    let zone = words.id("a zone")?;
    let mut named = vec![(What::Spot, zone.clone())];
    let (mut growth, mut reaches, mut out_ms) = (Growth::Medium, Vec::new(), None);
    while words.eat(",") {
        if words.eat("grows") {
            growth = words.one_of("how fast it grows", &Growth::ALL)?;
        } else if words.eat("reaches") {
            let zone = words.id("a zone")?;
            words.must_be("at")?;
            named.push((What::Spot, zone.clone()));
            reaches.push((zone, later(words, at_ms)?));
        } else if words.eat_all(&["out", "at"]) {
            out_ms = Some(later(words, at_ms)?);
        } else {
            let wanted = "`grows SPEED`, `reaches ZONE at TIME` or `out at TIME`";
            return Err(words.mistake(wanted));
        }
    }
    Ok((Happens::Fire { zone, growth, reaches, out_ms }, named))
}

fn cooking(words: &mut Words<'_>, at_ms: u64) -> Read<(Happens, Named)> {
    words.must_be("cooking")?;
    words.must_be("in")?;
    let zone = words.id("a zone")?;
    words.must_be("for")?;
    let until_ms = at_ms + words.span()?;
    Ok((Happens::Cooking { zone: zone.clone(), until_ms }, vec![(What::Spot, zone)]))
}

/// `DEVICE falls silent [until TIME]` or `DEVICE QUANTITY on [for SPAN] [because of KIND]`.
fn of_a_device(words: &mut Words<'_>, at_ms: u64) -> Read<(Happens, Named)> {
    let device = words.id("a device, or `fire in` or `cooking in`")?;
    if words.eat_all(&["falls", "silent"]) {
        let until_ms = if words.eat("until") { Some(later(words, at_ms)?) } else { None };
        let named = vec![(What::Device(None), device.clone())];
        return Ok((Happens::Silent { device, until_ms }, named));
    }
    let known = FLAGS.map(|flag| (flag, flag));
    let quantity = words.one_of("`falls silent`, or what it shows", &known)?;
    let on = on_or_off(words).ok_or_else(|| words.mistake("`on` or `off`"))?;
    let until_ms = if words.eat("for") { at_ms + words.span()? } else { super::DAY_MS };
    let of = match words.eat_all(&["because", "of"]) {
        true => Some(words.one_of("what it belongs to", &Kind::ALL)?),
        false => None,
    };
    let named = vec![(What::Device(Some(quantity)), device.clone())];
    Ok((Happens::Shows { device, quantity, on, until_ms, of }, named))
}

fn later(words: &mut Words<'_>, than_ms: u64) -> Read<u64> {
    let at_ms = words.time()?;
    match at_ms > than_ms {
        true => Ok(at_ms),
        false => Err(words.problem("it ends before it begins", "a later time")),
    }
}

/// A story about what is not there.
fn unknown(site: &Site, mention: &Mention) -> Option<Mistake> {
    let mistake =
        |problem: String, wanted: String| Some(Mistake { line: mention.line, problem, wanted });
    let (id, own) = (mention.id.as_str(), &site.devices);
    let device = own.iter().find(|device| device.id == id);
    match mention.what {
        What::Spot => {
            let homes = site.homes.iter().map(|home| home.id.as_str());
            let mut spots = own.iter().filter_map(|d| d.spot.as_deref()).chain(homes);
            if spots.clone().any(|spot| spot == id) {
                return None;
            }
            let near = nearest(id, spots.clone()).or_else(|| spots.next()).unwrap_or("none");
            mistake(format!("nothing hangs in `{id}`"), format!("a zone such as `{near}`"))
        }
        What::Device(quantity) => {
            let Some(device) = device else {
                let near = nearest(id, own.iter().map(|device| device.id.as_str()));
                let near = near.map_or_else(|| "one".to_owned(), |near| format!("`{near}`"));
                let wanted = format!("{near} of a `device` line of site `{}`", site.id);
                return mistake(format!("there is no device `{id}`"), wanted);
            };
            let quantity = quantity?;
            if device.habits.iter().any(|habit| habit.quantity() == quantity) {
                return None;
            }
            let says: Vec<&str> = device.habits.iter().map(Habit::quantity).collect();
            mistake(format!("`{id}` never says {quantity}"), says.join(" or "))
        }
    }
}
