//! The table: at a budget of false alarms, how long a death stays unnoticed, beside simpler rules.

use jikimi::care::Settings;

use crate::fleet::{Home, Run, basic, fitted};

/// How large a table; the large one takes a minute and is asked for by its name.
fn size() -> (u64, u64, usize) {
    match std::env::var("JIKIMI_CARE").as_deref() {
        Ok("full") => (100, 300, 120),
        _ => (30, 30, 60),
    }
}

#[test]
fn base() {
    let (others, homes, days) = size();
    let t = std::time::Instant::now();
    let pop = Home::many(10_000, others, days, basic);
    println!("pop {:?}", t.elapsed());
    let settings = Settings { weighs: false, ..Settings::default() };
    let fitted = fitted(&pop, settings, 1.0, None);
    println!("{:?} {:?}", fitted.fit, t.elapsed());
    let homes = Home::many(0, homes, days, basic);
    println!("{:?}", t.elapsed());
    let run = Run {
        model: &fitted.model,
        from_day: 28,
        deaths_a_day: 2,
        asking: None,
        phantoms: false,
        seed: 1,
    };
    let o = run.over(&homes);
    println!(
        "achieved {:.2} (not returned {:.2}) median {:.1} p90 {:.1} mean {:.1} longest at home {:.1} {:?}",
        o.false_per_month(),
        o.not_returned_per_month(),
        o.delay_h(0.5),
        o.delay_h(0.9),
        o.mean_h(),
        o.longest_at_home_h(),
        t.elapsed()
    );
}
