//! `[care]` of a site's file: how often people may be asked and called for nothing (오경보 예산).
//!
//! Thresholds follow from it, found over the fleet; it is the one number of the silence model that
//! an office decides.

use super::entry::Entry;
use super::problem::Report;
use super::want::{ABOVE_ZERO, Text};
use crate::care::Budget;

const BECAUSE: Text = Text("where its numbers come from");

/// Reads the budget of a site; the usual one if the file says nothing, none if it is wrong.
pub(super) fn read(root: &mut Entry<'_>, report: &mut Report) -> Option<Budget> {
    let Some(mut table) = root.table("care") else {
        return (!root.has("care")).then(Budget::default);
    };
    let usual = Budget::default();
    let asks = table.optional("asks_per_home_month", &ABOVE_ZERO);
    let calls = table.optional("false_per_home_month", &ABOVE_ZERO);
    let workers = table.optional("workers", &ABOVE_ZERO);
    let of_each = table.optional("calls_per_worker_day", &ABOVE_ZERO);
    let megabytes = table.optional("data_mb_per_home_month", &ABOVE_ZERO);
    table.required("because", &BECAUSE);
    if workers.is_some() != of_each.is_some() {
        let words = "`workers` and `calls_per_worker_day` say together what a day can take; give \
                     both or neither";
        table.refuse(None, "half-a-budget", words);
    }
    let budget = Budget {
        asks_per_home_month: asks.unwrap_or(usual.asks_per_home_month),
        false_per_home_month: calls.unwrap_or(usual.false_per_home_month),
        calls_per_day: workers.zip(of_each).map(|(workers, each)| workers * each),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        data_bytes_per_month: megabytes.map(|megabytes| (megabytes * 1e6) as u64),
    };
    if budget.asks_per_home_month < budget.false_per_home_month {
        let words = format!(
            "`asks_per_home_month` is {}, fewer than the {} calls of `false_per_home_month`; \
             nobody is called about who has not been asked, so it must be at least as many",
            budget.asks_per_home_month, budget.false_per_home_month
        );
        table.refuse(None, "fewer-asks-than-calls", &words);
    }
    table.finish(report).then_some(budget)
}
