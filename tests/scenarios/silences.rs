//! Silences: recorded and shown, and told when they end; and all that is never silenced.

use crate::play::play;

const BUILDING: &str = r#"
    [[rule]]
    id = "water"
    kind = "flood"
    level = "warning"
    quantity = "water_level"
    detector = "threshold"
    unit = "centimetre"
    start = 10
    stop = 5

    [[rule]]
    id = "hot"
    kind = "crowding"
    level = "warning"
    quantity = "temperature"
    detector = "threshold"
    unit = "celsius"
    start = 40
    stop = 35

    [[rule]]
    id = "smoke"
    kind = "fire"
    quantity = "smoke"
    detector = "threshold"
    unit = "percent-per-metre"
    start = 5
    stop = 2

    [[rule]]
    id = "alarm"
    kind = "gas"
    quantity = "gas_alarm"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0

"#;

const SILENT: &str = r#"
    [[rule]]
    id = "silent"
    kind = "device-silent"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "co"
    detector = "device_silent"
    silent_after_s = 600
"#;

#[test]
fn what_is_found_in_a_silence_is_told_when_it_ends() {
    play(
        BUILDING,
        "
        08:00:00  silence kitchen for 2h           → silence begun #1
        08:10:00  pit-kitchen water_level 20       → flood warning silent, flood silenced
        08:11:00  heat-hall temperature 50         → crowding warning rings
        09:59:59
        10:00:00  → silence-ends #1, flood unsilenced rings silence-ended-1 operator
        ",
    );
}

#[test]
fn what_is_over_by_then_is_told_to_nobody() {
    play(
        BUILDING,
        "
        08:00:00  silence kitchen for 2h           → silence begun
        08:10:00  pit-kitchen water_level 20       → flood warning silent, flood silenced
        08:20:00  pit-kitchen water_level 0        → flood cleared
        10:00:00  → silence-ends, flood unsilenced
        10:10:00  pit-kitchen water_level 20       → flood stands-again rings opened
        ",
    );
}

#[test]
fn what_rang_before_it_is_quiet_while_it_lasts() {
    play(
        BUILDING,
        "
        08:00:00  silence hall in 1h for 1h     → silence agreed #1
        08:30:00  heat-hall temperature 50      → crowding warning rings opened
        08:59:59
        09:00:00  → silence-begins #1, crowding silenced
        09:30:00  rebuilt
        10:00:00  → silence-ends #1, crowding unsilenced rings silence-ended-1
        ",
    );
}

#[test]
fn what_is_found_elsewhere_is_told_and_whoever_ends_it_has_it_told() {
    play(
        BUILDING,
        "
        08:00:00  silence hall for 2h             → silence begun #1
        08:10:00  heat-hall temperature 50        → crowding warning silent, crowding silenced
        08:20:00  heat-gallery temperature 50     → crowding grows, crowding unsilenced rings
        08:30:00  silence gallery for 1h          → silence begun #2, crowding silenced
        08:40:00  unsilence 1                     → silence-ends #1
                  → crowding unsilenced rings silence-ended-2
        08:41:00  unsilence 1                     → refused unknown-silence
        09:30:00  → silence-ends #2
        ",
    );
}

#[test]
fn fires_and_certified_alarms_are_told_in_every_silence() {
    play(
        BUILDING,
        "
        08:00:00  silence center for 2h       → silence begun
        08:10:00  smoke-hall smoke 6          → fire critical rings
        08:11:00  gas-kitchen gas_alarm on    → gas critical rings
        08:12:00  pit-kitchen water_level 20  → flood silent, flood silenced
        ",
    );
}

#[test]
fn a_silence_lasts_a_day_at_most_and_covers_no_button() {
    play(
        BUILDING,
        "
        08:00:00  silence hall for 25h           → refused bad-window
        08:00:01  silence hall for 0s            → refused bad-window
        08:00:02  silence hall in 32d for 1h     → refused bad-window
        08:00:03  silence sos-h0101 for 1h       → refused never-silenced
        08:00:04  silence moon for 1h            → refused unknown-place
        08:00:05  silence heat-hall for 24h      → silence begun #1
        ",
    );
}

#[test]
fn a_trouble_that_is_put_aside_is_told_within_a_day() {
    play(
        SILENT,
        "
        08:00:00  co-hall co 0
        08:10:00  → device-silent caution silent
        08:11:00  acknowledge device-silent/hall/1  → device-silent acknowledged
        32:10:59
        32:11:00  → device-silent rings-again rings operator
        32:12:00  silence hall for 24h              → silence begun, device-silent silenced
        56:12:00  → silence-ends, device-silent unsilenced rings operator
        ",
    );
}
