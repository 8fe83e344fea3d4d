//! How long the input log is kept, on both engines.

use super::*;

#[tokio::test]
async fn what_is_older_than_is_kept_goes_once_a_snapshot_covers_it() {
    for (store, _folder) in stores().await {
        let store = store.keeping(30, 30);
        // A hundred inputs a day for fifty days.
        let second = |position: u64| i64::try_from(position).unwrap() / 100 * DAY;
        for position in (100..5100).step_by(100) {
            store.commit(filling(position..position + 100, second)).await.unwrap();
        }
        let sql = "INSERT INTO evidence (site, position, ordinal, kind, place, n, rule, \
                   rule_version, source, class, level, devices, at, step_at, late, because, \
                   readings) VALUES ('tower', 100, 0, 'fire', 'tower', 1, 'r', 'v', 's', 'alarm', \
                   'warning', '[]', 0, 0, 0, 'a test', '[]')";
        store.statement(sql, Vec::new()).await.unwrap();
        let now = at(50 * DAY + 3600);
        assert_eq!(store.drop_old_inputs(now).await.unwrap(), 0, "no snapshot covers anything");
        snapshot(&store, 1150, 11 * DAY).await;
        assert!(store.drop_old_inputs(now).await.unwrap() > 0);
        let oldest = inputs(&store.db).await[0].0;
        assert!((1100..=1151).contains(&oldest), "covered up to 1150: {oldest}");
        snapshot(&store, 5099, 50 * DAY).await;
        store.drop_old_inputs(now).await.unwrap();
        let oldest = inputs(&store.db).await[0].0;
        assert!((2000..=2100).contains(&oldest), "thirty days are kept: {oldest}");
        let evidence = store.db.all("SELECT rule FROM evidence", Vec::new()).await.unwrap();
        assert_eq!(evidence.len(), 1, "what an incident rests on stays");

        // The history of a device ends where the log does.
        let (site, device) = (SITE.parse().unwrap(), "heat-1".parse().unwrap());
        let history = |before, limit| views::history(&store.db, &site, &device, before, limit);
        let whole = history(None, 10_000).await.unwrap().unwrap();
        assert_eq!(whole.last().unwrap().position, u64::try_from(oldest).unwrap());
        assert_eq!(whole[0].position, 5099);
        let beyond = history(Some(150), 10).await.unwrap();
        assert_eq!(beyond, Some(Vec::new()), "a page that was dropped while it was read");
        assert_eq!(history(Some(9999), 10).await.unwrap(), None);
        store.close().await;
    }
}

#[tokio::test]
async fn what_homes_say_and_what_buildings_say_is_kept_for_spans_of_their_own() {
    for (days, home_days) in [(10, 20), (20, 10)] {
        for (store, _folder) in stores().await {
            let store = store.keeping(days, home_days);
            // Twenty a day for fifty days, every other one by a device of no home.
            let second = |position: u64| i64::try_from(position).unwrap() / 20 * DAY;
            let mut all = (*filling(20..1020, second)).clone();
            for (index, stepped) in all.steps.iter_mut().enumerate() {
                if let Input::Message(message) = &mut stepped.input
                    && index % 2 == 1
                {
                    message.device = "heat-2".parse().unwrap();
                }
            }
            store.commit(Arc::new(all)).await.unwrap();
            let mut site = place();
            let mut device = site.devices.values().next().unwrap().clone();
            (device.id, device.mounted) = ("heat-2".parse().unwrap(), in_a_zone());
            site.devices.insert(device.id.clone(), device);
            let now = at(35 * DAY + 3600);
            assert_eq!(store.drop_old_messages(&site, now).await.unwrap(), 0, "nothing covers it");
            snapshot(&store, 1019, 50 * DAY).await;
            for now in [now, at(34 * DAY + 3600), now] {
                store.drop_old_inputs(now).await.unwrap();
                store.drop_old_messages(&site, now).await.unwrap();
            }
            let left = inputs(&store.db).await;
            let oldest = |device: &str| {
                let mut of = left.iter().filter(|(_, input)| match input {
                    Input::Message(message) => message.device.as_str() == device,
                    _ => false,
                });
                of.next().expect("some of it is left").0 / 20
            };
            let oldest = (oldest("heat-1"), oldest("heat-2"));
            let days_ago = |days: i64| 36 - days;
            let expected = (days_ago(i64::from(home_days)), days_ago(i64::from(days)));
            // PostgreSQL drops whole days, and keeps what is left of one.
            let fits = |oldest: i64, expected: i64| (expected - 1..=expected).contains(&oldest);
            let fit = fits(oldest.0, expected.0) && fits(oldest.1, expected.1);
            assert!(fit, "{days} and {home_days} days: {oldest:?}, not {expected:?}");
            store.close().await;
        }
    }
}

fn in_a_zone() -> crate::domain::Mounted {
    crate::domain::Mounted::Zone("hall".parse().unwrap())
}

#[tokio::test]
async fn a_log_that_was_dropped_to_its_end_goes_on_at_its_position() {
    for (store, _folder) in stores().await {
        store.commit(filling(1..50, |_| 0)).await.unwrap();
        snapshot(&store, 49, 0).await;
        store.drop_old_inputs(at(70 * DAY)).await.unwrap();
        assert_eq!(inputs(&store.db).await, []);
        let site = SITE.parse().unwrap();
        assert_eq!(store.last_step(&site).await.unwrap(), Some(at(0)));
        let ends = views::last_positions(&store.db, [&site].into_iter()).await.unwrap();
        assert_eq!(ends[&site].position, 49);
        store.close().await;
    }
}
