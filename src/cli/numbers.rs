//! What the numbers at `/metrics` mean, in the sentence that stands above each.
//!
//! Whoever adds a number adds its sentence here; a test finds those without.

/// Name and meaning of what is counted.
const COUNTED: &[(&str, &str)] = &[
    (
        "jikimi_broker_refused_total",
        "Refused at the embedded broker, by what: connection (no such account or password), \
         publication (on a topic that is not the account's own), tls (no secure connection).",
    ),
    (
        "jikimi_dead_letters_total",
        "Messages, or parts of one, that could not be read or are nobody's, by reason; each is \
         kept with a sentence at /api/v1/dead-letters.",
    ),
    (
        "jikimi_dropped_total",
        "What was thrown away because there was no room for it or something newer had come, by \
         reason; no message that was acknowledged is among it.",
    ),
    ("jikimi_duplicates_total", "Messages that had come before, acknowledged and passed over."),
    ("jikimi_floods_total", "How often more than ten incidents were announced within ten minutes."),
    (
        "jikimi_ignored_total",
        "What gateways say that measures nothing, acknowledged and kept nowhere, by reason: \
         bridge, state, network (it speaks of itself), command (someone asks it for something), \
         join (a device came into its network), cleared (a retained value was taken away), \
         nothing-to-read (only fields that the device's model leaves out, or without a value).",
    ),
    (
        "jikimi_incidents_announced_total",
        "Incidents of which an operator was told as they opened, drills left out.",
    ),
    ("jikimi_inputs_total", "What was stepped and stored, by kind."),
    ("jikimi_logins_failed_total", "Logins with a wrong password or code."),
    (
        "jikimi_mqtt_packets_oversized_total",
        "Packets above our limit, each of which ended a connection to the broker.",
    ),
    (
        "jikimi_mqtt_refused_total",
        "Connections to the broker that came to nothing for a reason somebody has to mend, as a \
         password or a certificate; `hindrance` of /readyz says which.",
    ),
    (
        "jikimi_not_recorded_total",
        "Lines that a recording leaves out on purpose, by because: home (it is somebody's life, \
         and not named), or what a replay would take otherwise.",
    ),
    ("jikimi_notices_due_total", "Notices that were decided on, by the role that is told."),
    ("jikimi_notices_failed_total", "Attempts to tell somebody that failed; they are tried again."),
    ("jikimi_notices_sent_total", "Notices that somebody was told."),
    ("jikimi_recorded_total", "Lines handed to the recording."),
    ("jikimi_remarks_total", "What was left out of a message that was taken otherwise, by reason."),
    (
        "jikimi_sequence_gaps_filled_total",
        "Numbers missing in a device's own count that have come after all, out of order.",
    ),
    (
        "jikimi_sequence_gaps_total",
        "Numbers missing in a device's own count: messages that were lost before they reached us.",
    ),
];

/// Name and meaning of what is measured, in the unit that the name says.
const MEASURED: &[(&str, &str)] = &[
    ("jikimi_acknowledge_seconds", "From an incident's opening until somebody had it."),
    ("jikimi_commit_seconds", "How long it takes to store a batch with all that it caused."),
    ("jikimi_heartbeat_taken", "Whether the address outside has taken the last sign of life."),
    (
        "jikimi_notice_age_seconds",
        "How long the oldest notice has waited that nobody has taken yet; 0 if none waits.",
    ),
    ("jikimi_plan_seconds", "How long it takes to look for better signs."),
];

/// Says it to whoever collects the numbers.
pub fn explain() {
    for (name, meaning) in COUNTED {
        metrics::describe_counter!(*name, *meaning);
    }
    for (name, meaning) in MEASURED {
        metrics::describe_histogram!(*name, metrics::Unit::Seconds, *meaning);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::ingest::profiles::Ignored;

    fn texts(folder: &Path, all: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.is_dir() {
                true => texts(&entry, all),
                false => all.extend(std::fs::read_to_string(entry)),
            }
        }
    }

    /// Names that stand as the first argument of a macro of numbers.
    fn named(text: &str) -> impl Iterator<Item = &str> {
        let calls = ["counter!(", "histogram!(", "gauge!("];
        let after = calls.into_iter().flat_map(move |call| text.split(call).skip(1));
        let quoted = after.filter_map(|rest| rest.trim_start().strip_prefix('"'));
        quoted.filter_map(|rest| rest.split('"').next()).filter(|name| name.starts_with("jikimi_"))
    }

    #[test]
    fn every_number_has_its_sentence_and_every_sentence_its_number() {
        let mut all = Vec::new();
        texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        let counted: BTreeSet<&str> = all.iter().flat_map(|text| named(text)).collect();
        let explained: BTreeSet<&str> =
            COUNTED.iter().chain(MEASURED).map(|(name, _)| *name).collect();
        assert_eq!(counted, explained);
    }

    #[test]
    fn every_reason_to_ignore_stands_in_its_sentence() {
        let (_, sentence) = COUNTED.iter().find(|(name, _)| name.contains("ignored")).unwrap();
        for ignored in Ignored::ALL {
            assert!(sentence.contains(ignored.code()), "{ignored}");
        }
    }
}
