//! What the devices of a home say of a life: events to the second, with who caused them.
//!
//! The motion sensor and the exit door say exactly what the life holds of them. Every other
//! device sees the life in its own way and adds nothing to it: a water meter starts when somebody
//! who stirs opens a tap, a power meter steps when a stove is switched, and the fridge does so by
//! itself; a bed knows who lies in it and how restlessly, and a dead weight just as well.

use super::chance::Chance;
use super::life::{Life, SLOTS_PER_DAY, Slot};

pub const SLOT_S: u32 = 300;
/// A power meter reports so often.
const POWER_EVERY_S: u32 = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    /// A motion sensor, by its room.
    Motion(u8),
    ExitDoor,
    Bed,
    Water,
    Power,
    Radar,
    Button,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    Person,
    Visitor,
    /// The sun, the fridge, a fault.
    Itself,
}

/// What a device said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    Motion,
    /// The door stands open, or does not.
    Open(bool),
    Presence(bool),
    /// A meter's counter, in litres.
    Litres(f64),
    Watts(f64),
    Pressed,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// Since the beginning of the first day.
    pub at_s: u32,
    pub device: Device,
    pub by: By,
    pub value: Value,
}

/// Which devices a home has; a motion sensor in the first room it always has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kit {
    /// With a motion sensor each, 1 to 8.
    pub rooms: u8,
    pub exit_door: bool,
    pub bed: bool,
    pub water: bool,
    pub power: bool,
    pub radar: bool,
    pub button: bool,
}

impl Kit {
    /// One motion sensor and the exit door.
    pub const BASIC: Self = Self {
        rooms: 1,
        exit_door: true,
        bed: false,
        water: false,
        power: false,
        radar: false,
        button: false,
    };
}

/// What makes a home harder to read than most.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Trouble {
    /// Pulses an hour of one motion sensor, whoever is in.
    pub phantoms_per_h: f64,
    /// A carer comes on these days of the week, 0 to 6, at about ten.
    pub carer_days: [bool; 7],
    /// From this day on, so much less is done: the share that is left in the end, and the days
    /// until then.
    pub decline: Option<Decline>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decline {
    pub from_day: usize,
    pub left: f64,
    pub ramp_days: u16,
}

/// Tells a life device by device, a day at a time.
pub struct Tracer {
    life: Life,
    kit: Kit,
    trouble: Trouble,
    chance: Chance,
    day: usize,
    litres: f64,
    in_bed: bool,
    restless: f64,
    fridge_s: u32,
    /// Of what was switched on by hand, and until when.
    switched: (f64, u32),
}

impl Tracer {
    #[must_use]
    pub fn new(seed: u64, life: Life, kit: Kit, trouble: Trouble) -> Self {
        let mut chance = Chance::new(seed, 1);
        let restless = chance.uniform(0.5, 2.5) / 12.0;
        let fridge_s = 60 * u32::try_from(chance.whole(35, 60)).unwrap_or(45);
        Self {
            life,
            kit,
            trouble,
            chance,
            day: 0,
            litres: 0.0,
            in_bed: false,
            restless,
            fridge_s,
            switched: (0.0, 0),
        }
    }

    #[must_use]
    pub fn into_life(self) -> Life {
        self.life
    }

    /// The next day's events in the order of time; none after the last day.
    pub fn next_day(&mut self) -> Option<Vec<Event>> {
        let from = self.day * SLOTS_PER_DAY;
        let slots = self.life.slots.get(from..from + SLOTS_PER_DAY)?.to_vec();
        let mut events = Vec::with_capacity(256);
        for (index, slot) in slots.iter().enumerate() {
            let begins = u32::try_from(from + index).unwrap_or(u32::MAX / SLOT_S) * SLOT_S;
            let slot = self.declined(*slot);
            self.motion_and_door(begins, slot, &mut events);
            self.others(begins, slot, &mut events);
        }
        self.phantoms(from, &mut events);
        self.carer(from, &slots, &mut events);
        events.sort_by_key(|event| event.at_s);
        self.day += 1;
        Some(events)
    }

    /// Of somebody who does less and less, a slot may stay empty.
    fn declined(&mut self, mut slot: Slot) -> Slot {
        let Some(decline) = self.trouble.decline else { return slot };
        let Some(passed) = self.day.checked_sub(decline.from_day) else { return slot };
        let through = ((passed + 1) as f64 / f64::from(decline.ramp_days.max(1))).min(1.0);
        let mine = !slot.phantom && !slot.visitor && !slot.door_last && !slot.door_first;
        if mine && self.chance.happens((1.0 - decline.left) * through) {
            (slot.active, slot.stirs) = (false, false);
        }
        slot
    }

    fn motion_and_door(&mut self, begins: u32, slot: Slot, events: &mut Vec<Event>) {
        if !slot.active {
            return;
        }
        let by = match (slot.phantom, slot.visitor) {
            (true, _) => By::Itself,
            (_, true) => By::Visitor,
            _ => By::Person,
        };
        let open = |at_s, open| {
            let value = Value::Open(open);
            Event { at_s, device: Device::ExitDoor, by, value }
        };
        let door = self.kit.exit_door;
        if slot.door_first && door {
            events.extend([open(begins + 10, true), open(begins + 16, false)]);
        }
        if !(door && slot.door_first && slot.door_last) {
            self.pulses(begins, by, events);
        }
        if slot.door_last && door {
            events.extend([open(begins + 285, true), open(begins + 291, false)]);
        }
    }

    /// Somebody who moves is seen in a room, and often in the next one; a phantom by one sensor.
    fn pulses(&mut self, begins: u32, by: By, events: &mut Vec<Event>) {
        let rooms = usize::from(self.kit.rooms.max(1));
        let mut pulse = |at_s, room: usize| {
            let device = Device::Motion(u8::try_from(room).unwrap_or(0));
            events.push(Event { at_s, device, by, value: Value::Motion });
        };
        let room = self.chance.whole(0, rooms);
        pulse(begins + 80, room);
        if by != By::Itself && rooms > 1 && self.chance.happens(0.5) {
            pulse(begins + 110, (room + 1) % rooms);
        }
    }

    fn others(&mut self, begins: u32, slot: Slot, events: &mut Vec<Event>) {
        let mut say = |device, by, value| {
            events.push(Event { at_s: begins + 130, device, by, value });
        };
        let chance = &mut self.chance;
        if self.kit.bed {
            if slot.in_bed != self.in_bed {
                say(Device::Bed, By::Person, Value::Presence(slot.in_bed));
            } else if slot.in_bed && chance.happens(self.restless) {
                say(Device::Bed, By::Person, Value::Motion);
            }
        }
        let night = slot.stirs && self.in_bed;
        self.in_bed = slot.in_bed;
        if self.kit.water && slot.stirs && chance.happens(if night { 0.7 } else { 0.1 }) {
            self.litres += chance.uniform(1.0, 9.0).round();
            say(Device::Water, By::Person, Value::Litres(self.litres));
        }
        let moves = slot.stirs || (slot.in_bed && chance.happens(2.0 / 12.0));
        if self.kit.radar && moves && chance.happens(0.5) {
            say(Device::Radar, By::Person, Value::Presence(true));
        }
        let hour = begins % 86_400 / 3_600;
        if self.kit.button && slot.stirs && (7..11).contains(&hour) && chance.happens(0.05) {
            say(Device::Button, By::Person, Value::Pressed);
        }
        if self.kit.power && begins.is_multiple_of(POWER_EVERY_S) {
            let switches = slot.stirs && chance.happens(0.05);
            if switches {
                let small = chance.happens(0.3);
                let watts = if small {
                    chance.uniform(40.0, 120.0)
                } else {
                    chance.uniform(400.0, 1_800.0)
                };
                self.switched = (watts, begins + 300 * (1 + 2 * u32::from(small)));
            }
            // A third of its time the fridge runs.
            let runs = begins % self.fridge_s < self.fridge_s / 3;
            let by_hand = if begins < self.switched.1 { self.switched.0 } else { 0.0 };
            let watts = 35.0 + if runs { 90.0 } else { 0.0 } + by_hand + chance.normal(0.0, 3.0);
            let by = if switches { By::Person } else { By::Itself };
            say(Device::Power, by, Value::Watts(watts.max(0.0).round()));
        }
    }

    fn phantoms(&mut self, from: usize, events: &mut Vec<Event>) {
        let begins = u32::try_from(from).unwrap_or(0) * SLOT_S;
        for _ in 0..self.chance.poisson(24.0 * self.trouble.phantoms_per_h) {
            let at_s = begins + u32::try_from(self.chance.whole(0, 86_400)).unwrap_or(0);
            let device = Device::Motion(0);
            events.push(Event { at_s, device, by: By::Itself, value: Value::Motion });
        }
    }

    /// An hour with a carer, who comes and goes by the door; only if somebody is in.
    fn carer(&mut self, from: usize, slots: &[Slot], events: &mut Vec<Event>) {
        let comes = self.chance.whole(117, 124);
        let is_in = slots.get(comes..comes + 12).is_some_and(|hour| hour.iter().all(|s| !s.away));
        if !self.trouble.carer_days[self.day % 7] || !is_in {
            return;
        }
        let begins = u32::try_from(from + comes).unwrap_or(0) * SLOT_S;
        let by = By::Visitor;
        for at_s in [begins + 20, begins + 3_400] {
            for (at_s, open) in [(at_s, true), (at_s + 6, false)] {
                let value = Value::Open(open);
                events.push(Event { at_s, device: Device::ExitDoor, by, value });
            }
        }
        for minute in (2..56).step_by(3) {
            let room = self.chance.whole(0, usize::from(self.kit.rooms.max(1)));
            let device = Device::Motion(u8::try_from(room).unwrap_or(0));
            events.push(Event { at_s: begins + 60 * minute, device, by, value: Value::Motion });
        }
    }
}
