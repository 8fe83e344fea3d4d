//! The silence model: against golden vectors, over a fleet of made-up homes beside simpler rules,
//! and on homes that people really lived in.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "slots, days and homes are small counts"
)]

mod days;
mod decline;
mod fleet;
mod golden;
mod kit;
mod real;
mod rivals;
mod table;
