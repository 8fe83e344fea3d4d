//! The database goes away under a running service and comes back.

use jiff::SignedDuration;
use jikimi::clock::wall_now;
use jikimi_sim::generate;

use crate::crash::{clock, player, settled};
use crate::facts::Facts;
use crate::lab::ids;
use crate::mosquitto::Mosquitto;
use crate::postgres::Postgres;
use crate::service::{Engine, Home, Service, Via, until};

const SPEED: i32 = 10;

async fn passes(seconds: i64) {
    let since = wall_now();
    until("time passes", || async {
        (wall_now().duration_since(since) >= SignedDuration::from_secs(seconds)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fires_while_postgresql_is_away_are_there_once_when_it_is_back() {
    let storm = generate::storm(7, 1, 12);
    let postgres = Postgres::start();
    let mut found = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres(postgres.database())] {
        let broker = Mosquitto::start();
        let home = Home::on(&engine, &storm.files, Via::Broker(broker.port()));
        let service = Service::up(&home, Some(&clock(&storm, f64::from(SPEED)))).await;
        let playing = player(&storm, broker.port());
        until("the first fires burn", || async {
            let page = service.try_get("/api/v1/incidents?state=open&kind=fire").await.ok()?;
            (ids(&page).len() >= 3).then_some(())
        })
        .await;
        if let Engine::Postgres(_) = engine {
            // Its machine crashes; and later somebody stops it for its update.
            postgres.kill();
            passes(3).await;
            postgres.restart();
            passes(2).await;
            postgres.stop();
            passes(2).await;
            postgres.restart();
        }
        playing.await.expect("played");
        settled(&service, &storm).await;
        let log = service.log();
        service.stop().await;
        if let Engine::Postgres(_) = engine {
            assert!(log.contains("a batch is not stored"), "it was never away:\n{log}");
            assert!(!log.contains("put aside"), "what was not stored was nobody's fault:\n{log}");
        }
        found.push(Facts::of(&home.database()).await);
    }
    let differences = found[0].differences(&found[1]);
    assert!(differences.is_empty(), "{differences:#?}");
}
