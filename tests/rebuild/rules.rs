//! The rules that recordings are watched by: every detector, in buildings, zones and homes.

/// The detector in which devices are voters.
pub const AGREE: &str = r#"
    [[rule]]
    id = "agree"
    kind = "fire"
    detector = "fusion"
    k = 2
    within_s = 60
    votes = [
        { quantity = "smoke", unit = "percent-per-metre", start = 5, stop = 2 },
        { quantity = "smoke_alarm", unit = "flag", start = 1, stop = 0 },
    ]

    [[rule]]
    id = "signs"
    kind = "fire"
    detector = "fusion"
    k = 2
    kinds = 2
    within_s = 120
    neighbours = true
    votes = [
        { quantity = "smoke", unit = "percent-per-metre", start = 3, stop = 1 },
        { quantity = "temperature", unit = "celsius", start = 8, stop = 1, rise_within_s = 300 },
    ]

    [[rule]]
    id = "dark"
    kind = "blackout"
    detector = "mains"
    zones = 2
    hold_s = 5

    [[rule]]
    id = "water"
    kind = "flood"
    scope = "storey"
    detector = "level_trend"
    stage = "close"
    watch_cm = 5
    watch_rise_cm_per_min = 1
    rise_lasts_s = 60
    close_cm = 15
    look_ahead_min = 10
    clear_cm = 5
    clear_after_min = 2
    slope_window_min = 10
    dry_cm = -5
    alone_s = 20
"#;

/// Every other detector, as alarms and troubles, in buildings, zones and homes.
pub const ALONE: &str = r#"
    [[rule]]
    id = "smoke"
    kind = "fire"
    level = "warning"
    quantity = "smoke"
    detector = "threshold"
    unit = "percent-per-metre"
    start = 5
    stop = 2

    [[rule]]
    id = "smoke-alarm"
    kind = "fire"
    quantity = "smoke_alarm"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0

    [[rule]]
    id = "heat"
    kind = "fire"
    quantity = "temperature"
    detector = "threshold"
    unit = "celsius"
    start = 57
    stop = 50
    hold_s = 30

    [[rule]]
    id = "rise"
    kind = "rise"
    level = "warning"
    scope = "zone"
    quantity = "temperature"
    detector = "rate_of_rise"
    unit = "celsius"
    start_rise = 9
    stop_rise = 2
    window_s = 60
    at_least = 35

    [[rule]]
    id = "heat-class"
    kind = "fire"
    detector = "heat"
    response = "a1"
    suffix = "r"
    hold_s = 20

    [[rule]]
    id = "smoke-less-dust"
    kind = "fire"
    quantity = "smoke"
    detector = "smoke"
    unit = "percent-per-metre"
    start = 5
    stop = 2
    hold_s = 15
    follow_h = 0.5
    compensation_max = 2

    [[rule]]
    id = "gas-steps"
    kind = "gas"
    quantity = "gas"
    detector = "gas"
    unit = "percent-lel"
    steps = [{ start = 10, level = "warning" }, { start = 20, level = "critical" }]
    stop = 5
    persists_s = 30

    [[rule]]
    id = "co-dose"
    kind = "co"
    detector = "dose"
    steps = [{ ppm = 50, after_min = 20 }, { ppm = 300, after_min = 2 }]
    stop_ppm = 20
    half_life_min = 30
    carry_s = 300

    [[rule]]
    id = "unusual"
    kind = "unusual"
    scope = "zone"
    quantity = "temperature"
    detector = "deviation"
    unit = "celsius"
    start_sigma = 3
    stop_sigma = 1
    readings = 2
    least_spread = 3
    warm_up_d = 0.002
    every_min = 0.1
    keep = 8
    accept_h = 1

    [[rule]]
    id = "drawn"
    kind = "drawn"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "temperature"
    detector = "straight_line"
    unit = "celsius"
    readings = 4
    within = 2
    least_change = 9

    [[rule]]
    id = "sos"
    kind = "sos"
    scope = "home"
    quantity = "sos"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0

    [[rule]]
    id = "panel-fault"
    kind = "panel-fault"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "panel_fault"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0
    hold_s = 5

    [[rule]]
    id = "silent"
    kind = "device-silent"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "smoke"
    detector = "device_silent"
    silent_after_s = 300
"#;

/// What tells a silent device from a silent person, and a broken one from either. Whether a
/// silence is one device's or its gateway's depends on the others, and so on who overtakes whom.
pub const FAULTS: &str = r#"
    [[rule]]
    id = "away-pir"
    kind = "device-silent"
    class = "trouble"
    level = "attention"
    scope = "zone"
    quantity = "motion"
    detector = "device_silent"
    silent_after_s = 200

    [[rule]]
    id = "away-exit"
    kind = "device-silent"
    class = "trouble"
    level = "attention"
    scope = "zone"
    quantity = "contact"
    detector = "device_silent"
    silent_after_s = 300
    offline_grace_s = 10

    [[rule]]
    id = "still"
    kind = "stillness"
    level = "attention"
    scope = "home"
    detector = "stillness"
    away_after_h = 0.3
    door_settles_s = 10
    blind_after_s = 150
    steps = [{ after_h = 0.05, level = "attention" }, { after_h = 0.1, level = "warning" }]

    [[rule]]
    id = "stuck"
    kind = "device-stuck"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "motion"
    detector = "stuck"
    unit = "flag"
    value = 1
    after_s = 60
    every_s = 60

    [[rule]]
    id = "range"
    kind = "reading-range"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "temperature"
    detector = "out_of_range"
    unit = "celsius"
    lowest = -60
    highest = 1400
    quiet_s = 30

    [[rule]]
    id = "jump"
    kind = "reading-jump"
    class = "trouble"
    level = "attention"
    scope = "zone"
    quantity = "temperature"
    detector = "jump"
    unit = "celsius"
    step = 20
    within_s = 10
    quiet_s = 60

    [[rule]]
    id = "panel"
    kind = "fire"
    quantity = "panel_alarm"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0
    release_s = 20

    [[rule]]
    id = "reset"
    kind = "panel-reset"
    class = "trouble"
    level = "caution"
    quantity = "panel_alarm"
    detector = "panel_reset"
    unit = "flag"
    blind_s = 20

    [[rule]]
    id = "supply"
    kind = "blackout"
    class = "supervisory"
    level = "warning"
    quantity = "mains"
    detector = "threshold"
    unit = "flag"
    when = "below"
    start = 0
    stop = 1
"#;

/// What learns how somebody lives. It keeps thousands of numbers a home, so that whoever compares
/// all that is known at every position does so over less.
pub const HOMES: &str = r#"
    [[rule]]
    id = "quiet"
    kind = "quiet"
    level = "warning"
    scope = "home"
    detector = "silence"
    watch = 0.2
    call = 0.7
    stopwatch_times = 1
    stopwatch_h = 4
    not_returned_h = 4
    utc_offset_h = 9

    [[rule]]
    id = "less"
    kind = "less"
    class = "supervisory"
    level = "attention"
    scope = "home"
    detector = "decline"
    over_after_days = 1
    utc_offset_h = 9
"#;
