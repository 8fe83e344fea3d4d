//! The trail: what leaves a row, and what tells that one was touched; on both engines.

use jikimi::audit::chain::{Broken, Verifier};
use jikimi::audit::head::Written;
use jikimi::audit::{Action, Entry, KEPT};
use jikimi::clock::wall_now;
use jikimi::domain::time::{SignedDuration, after};
use jikimi::people::Role;
use jikimi::store::{Change, follow_trail, trail_ends, trail_head};

use crate::world::World;

async fn broken(world: &World, outside: &[Written]) -> Vec<Broken> {
    let ends = trail_ends(&world.db).await.expect("the ends");
    let mut verifier = Verifier::new(&ends, outside);
    follow_trail(&world.db, &mut verifier).await.expect("the rows");
    verifier.end(wall_now())
}

async fn filled(world: &World) {
    for n in 0..6 {
        let entry = Entry::new("kim", None, Action::TraceViewed).of(format!("h{n}"));
        world.state.store.audit(entry.because("a fall: 넘어짐 \"?\"")).await.expect("written");
    }
    assert_eq!(broken(world, &[]).await, []);
}

/// Each time on a chain of its own: what a hand in the database does, and that it tells.
#[tokio::test]
async fn what_a_hand_in_the_database_does_tells() {
    let swap = [
        "UPDATE audit SET n = -1 WHERE n = 2",
        "UPDATE audit SET n = 2 WHERE n = 3",
        "UPDATE audit SET n = 3 WHERE n = -1",
    ];
    let touched: [(&[&str], Broken); 6] = [
        (&["UPDATE audit SET subject = 'h9' WHERE n = 3"], Broken::Changed(3)),
        (&["UPDATE audit SET at = at + 1 WHERE n = 5"], Broken::Changed(5)),
        (&["DELETE FROM audit WHERE n = 4"], Broken::Missing(4)),
        (&swap, Broken::Changed(2)),
        (&["DELETE FROM audit WHERE n > 4"], Broken::CutOff(4, 6)),
        (
            &["INSERT INTO audit \
                 SELECT 7, at, account, source, action, site, subject, detail, hash \
            FROM audit WHERE n = 6"],
            Broken::BehindHead(6),
        ),
    ];
    for (statements, tells) in touched {
        for world in [World::new().await, World::on_postgres().await] {
            filled(&world).await;
            for statement in statements {
                world.sql(statement).await;
            }
            let told = broken(&world, &[]).await;
            assert!(told.contains(&tells), "{statements:?}: {told:?}");
        }
    }
}

/// Who cuts the end off and mends the head as well is told by the head outside.
#[tokio::test]
async fn what_is_cut_off_with_its_head_is_told_outside() {
    let world = World::new().await;
    filled(&world).await;
    let outside = [trail_head(&world.db).await.expect("the head")];
    assert_eq!(broken(&world, &outside).await, []);
    world.sql("DELETE FROM audit WHERE n > 4").await;
    world.sql("UPDATE audit_head SET n = 4, hash = (SELECT hash FROM audit WHERE n = 4)").await;
    assert_eq!(broken(&world, &[]).await, [], "the database alone says nothing");
    assert_eq!(broken(&world, &outside).await, [Broken::CutOff(4, 6)]);
}

/// A change and its row stand together or not at all, and rows of many at once are one chain.
#[tokio::test]
async fn a_change_and_its_row_are_one() {
    for world in [World::new().await, World::on_postgres().await] {
        let told = Entry::new("kim", None, Action::AccountChanged);
        let refused = Change::default().with("UPDATE no_table SET x = 1", Vec::new());
        assert!(world.state.store.change(refused.told(told.clone())).await.is_err());
        assert_eq!(trail_ends(&world.db).await.expect("ends").n, 0);
        let mut writing = tokio::task::JoinSet::new();
        for n in 0..40 {
            let (store, db, told) = (world.state.store.clone(), world.db.clone(), told.clone());
            // Half of them beside the service, as a command of another process would.
            writing.spawn(async move {
                let change = Change::seen(told);
                match n % 2 {
                    0 => store.change(change).await,
                    _ => jikimi::store::change_beside(&db, change).await,
                }
            });
        }
        while let Some(written) = writing.join_next().await {
            written.expect("no panic").expect("written");
        }
        assert_eq!(trail_ends(&world.db).await.expect("ends").n, 40);
        assert_eq!(broken(&world, &[]).await, []);
    }
}

#[tokio::test]
async fn rows_go_after_two_years_and_the_rest_is_still_a_chain() {
    for world in [World::new().await, World::on_postgres().await] {
        filled(&world).await;
        let outside = [trail_head(&world.db).await.expect("the head")];
        let store = &world.state.store;
        let soon = after(wall_now(), KEPT);
        assert_eq!(store.drop_old_trail(soon).await.expect("asked"), 0, "it is not time yet");
        let late = after(wall_now(), KEPT + SignedDuration::from_hours(24 * 32));
        assert_eq!(store.drop_old_trail(late).await.expect("dropped"), 6);
        let ends = trail_ends(&world.db).await.expect("the ends");
        assert_eq!((ends.base_n, ends.n), (6, 7));
        let mut verifier = Verifier::new(&ends, &outside);
        assert_eq!(follow_trail(&world.db, &mut verifier).await.expect("rows"), 1);
        assert_eq!(verifier.end(late), []);
        // The same before its time is told outside.
        let mut verifier = Verifier::new(&ends, &outside);
        follow_trail(&world.db, &mut verifier).await.expect("rows");
        assert!(matches!(verifier.end(wall_now())[..], [Broken::Forgotten(6, _)]));
    }
}

#[tokio::test]
async fn a_look_into_a_home_leaves_a_row_before_anything_is_shown() {
    let world = World::town().await;
    world.account("kim", &[(Role::Caseworker, "center")]).await;
    world.account("lee", &[(Role::Operator, "center")]).await;
    let (kim, lee) = (world.session("kim").await, world.session("lee").await);
    let trace = "/api/v1/sites/center/homes/h0101/trace";
    let body = r#"{"device":"h0101-pir","reason":"a visit is due"}"#;
    world.send(lee.post(trace, body)).await.refuses(403, "not-own-home");
    assert_eq!(world.send(lee.get("/api/v1/sites/center/devices/tc-1/readings")).await.status, 200);
    assert_eq!(world.trail().await.len(), 1, "a building's is nobody's");
    assert_eq!(world.send(kim.post(trace, body)).await.status, 200);
    let denied = ["lee", "denied", "center", "h0101/h0101-pir", ""].map(str::to_owned);
    let seen = ["kim", "trace-viewed", "center", "h0101/h0101-pir", "a visit is due"];
    assert_eq!(world.trail().await, [denied, seen.map(str::to_owned)]);
    // Where the row cannot be kept nothing is shown.
    world.sql("DROP TABLE audit").await;
    world.send(kim.post(trace, body)).await.refuses(500, "internal");
}
