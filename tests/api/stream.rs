//! A live stream as a browser reads it.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use serde_json::Value;
use tokio_stream::StreamExt as _;
use tower::ServiceExt as _;

use crate::world::World;

/// Long enough for any machine; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Stream {
    body: BodyDataStream,
    buffer: String,
}

#[derive(Debug)]
pub struct Told {
    pub event: String,
    pub id: String,
    pub data: Value,
}

impl Stream {
    /// Opens a stream, with the cursor in the way that a browser sends it.
    pub async fn open(world: &World, cursor: Option<&str>) -> Self {
        let mut request = Request::get("/api/v1/incidents/live");
        if let Some(cursor) = cursor {
            request = request.header("last-event-id", cursor);
        }
        Self::of(world, request.body(Body::empty()).expect("a request")).await
    }

    pub async fn of(world: &World, request: Request<Body>) -> Self {
        let response = world.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { body: response.into_body().into_data_stream(), buffer: String::new() }
    }

    /// The next event; nothing at the end of the stream.
    pub async fn next_or_end(&mut self) -> Option<Told> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let told = parsed(block);
                self.buffer = rest.into();
                if told.is_some() {
                    return told;
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.body.next()).await.expect("an event");
            self.buffer.push_str(std::str::from_utf8(&chunk?.expect("bytes")).expect("text"));
        }
    }

    pub async fn next(&mut self) -> Told {
        self.next_or_end().await.expect("the stream goes on")
    }

    /// The next event, which must be about this incident.
    pub async fn next_is(&mut self, incident: &str) -> Told {
        let told = self.next().await;
        assert_eq!((told.event.as_str(), &told.data["id"]), ("incident", &Value::from(incident)));
        told
    }

    /// The next event, which must be the whole truth; the ids in it.
    pub async fn snapshot(&mut self) -> (Told, Vec<String>) {
        let told = self.next().await;
        assert_eq!(told.event, "snapshot");
        let incidents = told.data["incidents"].as_array().expect("a list").iter();
        let ids = incidents.map(|one| one["id"].as_str().expect("an id").to_owned()).collect();
        (told, ids)
    }
}

/// Comments are no events.
fn parsed(block: &str) -> Option<Told> {
    let field = |name: &str| {
        let found = block.lines().find_map(|line| line.strip_prefix(name));
        found.map(|value| value.trim_start().to_owned())
    };
    let data = serde_json::from_str(&field("data:")?).expect("JSON");
    Some(Told { event: field("event:")?, id: field("id:")?, data })
}
