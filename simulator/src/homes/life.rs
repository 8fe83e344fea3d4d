//! Days and nights of one person, slot by slot of five minutes.
//!
//! What the person does and what the home's motion sensor and exit door see of it. Outings, naps,
//! nights away, illness, visitors, doors that were missed, pulses in an empty home, habits that
//! drift. The same seed is the same life.

use super::chance::Chance;
use super::person::Person;

pub const SLOTS_PER_DAY: usize = 288;
const SLOTS_PER_HOUR: f64 = 12.0;

/// One slot of a life. The first four marks are all that a kit of motion sensor and exit door
/// knows; the others are for kits that see more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slot {
    /// A sensor saw somebody, or believed so.
    pub active: bool,
    /// Its last event was the exit door, or came within a minute of it.
    pub door_last: bool,
    /// Its first event was the exit door.
    pub door_first: bool,
    pub away: bool,
    /// The person moved, seen or not.
    pub stirs: bool,
    pub in_bed: bool,
    /// What was seen was nobody.
    pub phantom: bool,
    /// Somebody else was there.
    pub visitor: bool,
}

#[derive(Debug)]
pub struct Life {
    pub slots: Vec<Slot>,
    pub person: Person,
}

/// Lives so many days.
#[must_use]
pub fn live(seed: u64, days: usize) -> Life {
    let mut chance = Chance::new(seed, 0);
    let person = Person::draw(&mut chance);
    let slots = vec![Slot::default(); days * SLOTS_PER_DAY];
    let mut living = Living { chance, person, slots, at: 0, ill_days: 0 };
    for day in 0..days {
        living.day(day);
    }
    Life { slots: living.slots, person: living.person }
}

struct Living {
    chance: Chance,
    person: Person,
    slots: Vec<Slot>,
    /// The next slot to be lived; a day may reach into the next one.
    at: usize,
    ill_days: usize,
}

/// What a day holds.
struct Day {
    begins: usize,
    up: usize,
    bed: usize,
    /// Hours of the clock, earliest first.
    outings_h: Vec<f64>,
    job_today: bool,
    visitor_h: Option<f64>,
    far_h: Option<f64>,
    napped: bool,
    /// All takes longer for whoever is ill.
    slower: f64,
}

impl Living {
    fn day(&mut self, number: usize) {
        let day = self.wake(number);
        self.night(&day);
        let mut day = day;
        while self.at < day.bed && self.at < self.slots.len() {
            self.bout();
            if self.goes_far(&mut day) {
                break;
            }
            if self.goes_out(&mut day) {
                continue;
            }
            self.is_visited(&mut day);
            if self.naps(&mut day) {
                continue;
            }
            self.rests(&day);
        }
        if self.at >= day.bed && self.at < self.slots.len() {
            let seen = self.chance.happens(self.person.coverage);
            self.mark(self.at, |slot| {
                slot.stirs = true;
                slot.active |= seen;
            });
        }
    }

    fn wake(&mut self, number: usize) -> Day {
        let Self { chance, person, .. } = self;
        person.wakes_h += chance.normal(0.0, 0.02);
        person.sleeps_h += chance.normal(0.0, 0.02);
        if self.ill_days > 0 {
            self.ill_days -= 1;
        } else if chance.happens(person.falls_ill) {
            self.ill_days = chance.whole(1, 4);
        }
        let ill = self.ill_days > 0;
        let weekend = number % 7 >= 5;
        let late = if chance.happens(0.04) { chance.uniform(0.5, 2.5) } else { 0.0 };
        let mut up_h = person.wakes_h + chance.normal(0.0, person.wakes_spread_h);
        up_h += if weekend { person.weekend_later_h } else { 0.0 };
        up_h += if ill { chance.uniform(0.5, 3.0) } else { 0.0 };
        let bed_h = person.sleeps_h + chance.normal(0.0, person.sleeps_spread_h) + late;
        let begins = number * SLOTS_PER_DAY;
        let mut outings = chance.poisson(person.outings_a_day * if ill { 0.2 } else { 1.0 });
        let job = person.job_h.filter(|_| !weekend && !ill);
        outings += usize::from(job.is_some());
        let mut outings_h: Vec<f64> = (0..outings).map(|_| chance.uniform(8.0, 18.5)).collect();
        if let (Some((from, _)), Some(first)) = (job, outings_h.first_mut()) {
            *first = from + chance.normal(0.0, 0.2);
        }
        outings_h.sort_unstable_by(f64::total_cmp);
        outings_h.reverse();
        let visited = chance.happens(person.visitors);
        let far = chance.happens(person.nights_away) && !ill;
        Day {
            begins,
            up: begins + slots(up_h.clamp(3.0, 12.0)),
            bed: begins + slots(bed_h.clamp(18.5, 26.5)),
            outings_h,
            job_today: job.is_some(),
            visitor_h: visited.then(|| chance.uniform(9.5, 18.0)),
            far_h: far.then(|| chance.uniform(9.0, 16.0)),
            napped: false,
            slower: if ill { 1.8 } else { 1.0 },
        }
    }

    /// In bed until the morning, with ways to the bathroom.
    fn night(&mut self, day: &Day) {
        if self.at >= day.up {
            return;
        }
        let end = day.up.min(self.slots.len());
        for slot in self.slots.get_mut(self.at..end).unwrap_or_default() {
            slot.in_bed = true;
        }
        for _ in 0..self.chance.poisson(self.person.night_trips) {
            let leaves = self.chance.whole(self.at, day.up + 1);
            for slot in leaves..leaves + self.chance.whole(1, 3) {
                if slot < end {
                    let seen = self.chance.happens(self.person.coverage);
                    self.mark(slot, |slot| {
                        (slot.stirs, slot.in_bed) = (true, false);
                        slot.active |= seen;
                    });
                }
            }
        }
        if self.person.seen_in_bed_per_h > 0.0 {
            for slot in self.at..end {
                if self.chance.happens(self.person.seen_in_bed_per_h / SLOTS_PER_HOUR) {
                    self.mark(slot, |slot| slot.active = true);
                }
            }
        }
        self.at = day.up;
    }

    fn mark(&mut self, slot: usize, what: impl FnOnce(&mut Slot)) {
        if let Some(slot) = self.slots.get_mut(slot) {
            what(slot);
        }
    }

    fn bout(&mut self) {
        for _ in 0..=whole(self.chance.exponential(self.person.active_slots)) {
            if self.at < self.slots.len() {
                let seen = self.chance.happens(self.person.coverage);
                self.mark(self.at, |slot| {
                    slot.stirs = true;
                    slot.active |= seen;
                });
                self.at += 1;
            }
        }
    }

    fn hour(&self, day: &Day) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "slots of a day")]
        let passed = (self.at - day.begins) as f64;
        passed / SLOTS_PER_HOUR
    }

    /// For a night or more.
    fn goes_far(&mut self, day: &mut Day) -> bool {
        let hour = self.hour(day);
        let Some(_) = day.far_h.take_if(|far| hour >= *far) else { return false };
        let span = slots(self.chance.uniform(18.0, 72.0));
        self.out(span);
        true
    }

    fn goes_out(&mut self, day: &mut Day) -> bool {
        let hour = self.hour(day);
        if day.outings_h.pop_if(|leaves| hour >= *leaves).is_none() {
            return false;
        }
        let usual = self.person.outing_h * self.chance.normal(0.0, 0.8).exp();
        let mut span = slots(usual.min(12.0));
        if let Some((from, long)) = self.person.job_h.filter(|_| day.job_today)
            && (hour - from).abs() < 1.0
        {
            span = slots((long + self.chance.normal(0.0, 0.3)).max(0.0));
        }
        self.out(span);
        true
    }

    /// Through the door, away, and back through the door.
    fn out(&mut self, span: usize) {
        let seen = !self.chance.happens(self.person.door_missed);
        self.mark(self.at, |slot| (slot.stirs, slot.active, slot.door_last) = (true, true, seen));
        self.at += 1;
        for _ in 0..span {
            let phantom = self.chance.happens(self.person.phantoms);
            self.mark(self.at, |slot| {
                slot.away = true;
                if phantom {
                    (slot.active, slot.door_last, slot.phantom) = (true, false, true);
                }
            });
            self.at += 1;
        }
        let seen = !self.chance.happens(self.person.door_missed);
        self.mark(self.at, |slot| (slot.stirs, slot.active, slot.door_first) = (true, true, seen));
        self.at += 1;
    }

    fn is_visited(&mut self, day: &mut Day) {
        let hour = self.hour(day);
        let Some(_) = day.visitor_h.take_if(|comes| hour >= *comes) else { return };
        for _ in 0..self.chance.whole(6, 30) {
            let seen = self.chance.happens(0.85);
            self.mark(self.at, |slot| {
                slot.visitor = true;
                slot.active |= seen;
            });
            self.at += 1;
        }
        // Whoever leaves closes the door; who stays is often not seen within the minute.
        let last = self.chance.happens(0.5);
        self.mark(self.at, |slot| {
            (slot.active, slot.door_last, slot.visitor) = (true, last, true);
        });
        self.at += 1;
    }

    fn naps(&mut self, day: &mut Day) -> bool {
        let hour = self.hour(day);
        let may = !day.napped && hour > 12.5 && hour < 16.0;
        if !may || !self.chance.happens(self.person.naps * 0.35 * day.slower) {
            return false;
        }
        day.napped = true;
        let span = whole(12.0 * 0.9 * self.chance.normal(0.0, 0.5).exp() * day.slower);
        for slot in self.at..self.at + span {
            self.mark(slot, |slot| slot.in_bed = true);
        }
        self.at += span;
        true
    }

    fn rests(&mut self, day: &Day) {
        let usual = self.person.quiet_slots;
        let long = usual * self.chance.normal(0.0, self.person.quiet_spread).exp() * day.slower;
        for _ in 0..whole(long.min(60.0)) {
            if self.at < self.slots.len() && self.at < day.bed + 24 {
                if self.chance.happens(0.03) {
                    self.mark(self.at, |slot| (slot.stirs, slot.active) = (true, true));
                }
                self.at += 1;
            }
        }
    }
}

/// Hours in slots, cut.
fn slots(hours: f64) -> usize {
    whole(hours * SLOTS_PER_HOUR)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut, never negative")]
fn whole(number: f64) -> usize {
    number.max(0.0) as usize
}
