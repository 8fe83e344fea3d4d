//! From a sensor's word to the signs of a tower of 5,000 zones: how long that takes over the wire.
//!
//! How long is printed and judged by nobody, since the machine is shared; that signs change, and
//! none of them before the way they leave is known to be closed, is judged.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use jikimi::domain::PassageKind;
use jikimi::evacuate::NodeKind;
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, QoS};
use tokio::time::Instant;

use crate::blocks::{Block, PRESET_5K};
use crate::service::{Home, PATIENCE, Service, Via, free_port};

const RULE: &str = "[[rule]]\nid = \"smoke\"\ndetector = \"threshold\"\nsituation = \"fire\"\n\
    class = \"alarm\"\nlevel = \"critical\"\nwatches = { quantity = \"smoke\" }\n\
    unit = \"percent-per-metre\"\nstart = 10.0\nstop = 5.0\nhold_s = 0.0\n\
    because = \"a test's number\"\n";
const FIRE: &str = "id = \"fire\"\nname = \"화재\"\nname_en = \"Fire\"\nscope = \"building\"\n";

/// Zones on a storey: corridor, rooms, landings, lift; the ground floor's exits come after it.
struct Storeys(Block);

impl Storeys {
    fn size(&self) -> usize {
        self.0.rooms / 2 + self.0.rooms + self.0.stairs + 1
    }

    /// The storey of a node, its number there, and what it is.
    fn of(&self, node: usize, exits: usize) -> (usize, &'static str) {
        let (floor, n) = match node.checked_sub(self.size() + exits) {
            Some(above) => (1 + above / self.size(), above % self.size()),
            None => (0, node),
        };
        let (corridor, rooms) = (self.0.rooms / 2, self.0.rooms);
        let kind = match n {
            n if n < corridor => "corridor",
            n if n < corridor + rooms => "room",
            n if n < corridor + rooms + self.0.stairs => "stairwell",
            _ => "lift",
        };
        (floor, kind)
    }
}

/// The file of a block: a sign wherever there is a choice, two smoke detectors.
fn site(block: Block, smoky: [usize; 2]) -> String {
    let (graph, storeys) = (block.graph(), Storeys(block));
    let exits = graph.nodes().iter().filter(|node| node.kind == NodeKind::Exit).count();
    let mut file = "id = \"block\"\nname = \"block\"\ntimezone = \"Asia/Seoul\"\n\
        [[building]]\nid = \"tower\"\nname = \"tower\"\n"
        .to_owned();
    for floor in 0..block.floors {
        let _ = writeln!(
            file,
            "[[storey]]\nid = \"f{floor}\"\nbuilding = \"tower\"\nlevel = {}",
            floor + 1
        );
    }
    let inside = graph.nodes().iter().enumerate().filter(|(_, node)| node.kind != NodeKind::Exit);
    for (n, node) in inside.clone() {
        let (floor, kind) = storeys.of(n, exits);
        let _ = writeln!(
            file,
            "[[zone]]\nid = \"z{n}\"\nstorey = \"f{floor}\"\nkind = \"{kind}\"\npeople = {}",
            node.people
        );
    }
    for way in graph.ways() {
        let [one, other] = way.between.map(|node| node as usize);
        let size = format!("length_m = {}\nclear_width_m = {}", way.length_m, way.clear_width_m);
        let door = [one, other].iter().position(|node| graph.is_exit(*node));
        let _ = match door {
            Some(outer) => {
                let (exit, zone) = if outer == 0 { (one, other) } else { (other, one) };
                writeln!(file, "[[exit]]\nid = \"e{exit}\"\nzone = \"z{zone}\"\n{size}")
            }
            None => {
                let kind = match way.kind {
                    PassageKind::Stairs => "stairs",
                    PassageKind::Lift | PassageKind::EvacuationLift => "lift",
                    PassageKind::Opening => "opening",
                    PassageKind::Door => "door",
                };
                writeln!(
                    file,
                    "[[passage]]\nbetween = [\"z{one}\", \"z{other}\"]\nkind = \"{kind}\"\n{size}"
                )
            }
        };
    }
    let signed =
        inside.filter(|(n, _)| matches!(storeys.of(*n, exits).1, "corridor" | "stairwell"));
    for (n, _) in signed {
        let _ = writeln!(
            file,
            "[[sign]]\nid = \"s{n}\"\nzone = \"z{n}\"\nat = [{n}, 0]\nfacing_deg = 0"
        );
    }
    for (device, zone) in smoky.iter().enumerate() {
        let _ = writeln!(
            file,
            "[[device]]\nid = \"smoke-{device}\"\nzone = \"z{zone}\"\nreads = [\"smoke\"]"
        );
    }
    file
}

/// A client that is every sign: it hears what they are told and answers at once.
struct Signs {
    client: AsyncClient,
    events: EventLoop,
}

/// What came after something was said.
#[derive(Debug, Default)]
struct Heard {
    first_ms: Option<f64>,
    last_ms: f64,
    signs: usize,
}

impl Signs {
    async fn hung(port: u16) -> Self {
        let mut options = MqttOptions::new("tower", "127.0.0.1", port);
        options.set_inflight(1000);
        let (client, mut events) = AsyncClient::new(options, 8192);
        client.try_subscribe("jikimi/v1/block/sign/+", QoS::AtLeastOnce).unwrap();
        let subscribed = async {
            while !matches!(events.poll().await.unwrap(), Event::Incoming(Incoming::SubAck(_))) {}
        };
        tokio::time::timeout(PATIENCE, subscribed).await.expect("subscribed in time");
        Self { client, events }
    }

    /// Says that a detector is in smoke, and hears what signs are told until they are quiet.
    async fn hear(&mut self, device: &str) -> Heard {
        let topic = format!("jikimi/v1/block/{device}/reading");
        let payload = format!(r#"{{"id":"{device}","readings":{{"smoke":30.0}}}}"#);
        let said = Instant::now();
        self.client.try_publish(topic, QoS::AtLeastOnce, false, payload).unwrap();
        let mut heard = Heard::default();
        // Longer than a stage waits for an answer; before the first word, as long as it takes.
        let quiet = |heard: &Heard| match heard.first_ms {
            Some(_) => Duration::from_millis(2_500),
            None => PATIENCE,
        };
        loop {
            let event = tokio::time::timeout(quiet(&heard), self.events.poll()).await;
            let Ok(event) = event else { break };
            if let Event::Incoming(Incoming::Publish(packet)) = event.expect("the broker stays") {
                let ms = said.elapsed().as_secs_f64() * 1000.0;
                heard.first_ms.get_or_insert(ms);
                (heard.last_ms, heard.signs) = (ms, heard.signs + 1);
                let body: serde_json::Value = serde_json::from_slice(&packet.payload).unwrap();
                let answer =
                    serde_json::json!({"epoch": body["epoch"], "show": body["show"]}).to_string();
                let shown = format!("{}/shown", packet.topic);
                self.client.try_publish(shown, QoS::AtLeastOnce, false, answer).unwrap();
            } else if heard.first_ms.is_some() && said.elapsed() > PATIENCE {
                break;
            }
        }
        heard
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stair_that_closes_in_a_tower_turns_its_signs() {
    let storeys = Storeys(PRESET_5K);
    let landing = |floor: usize, stair: usize| {
        3 + floor * storeys.size() + PRESET_5K.rooms / 2 + PRESET_5K.rooms + stair
    };
    // A room on the twentieth floor burns, later a stair below it is full of smoke.
    let room = 3 + 20 * storeys.size() + PRESET_5K.rooms / 2 + 7;
    let files = [
        ("sites/block.toml", site(PRESET_5K, [room, landing(12, 1)])),
        ("rules/fire.toml", RULE.to_owned()),
        ("situations/fire.toml", FIRE.to_owned()),
    ];
    let files = files.map(|(path, text)| (PathBuf::from(path), text));
    let port = free_port();
    let home = Home::new(&files, Via::Embedded(port));
    let service = Service::up(&home, None).await;
    let mut signs = Signs::hung(port).await;
    for (device, what) in [("smoke-0", "a room burns"), ("smoke-1", "a stair closes")] {
        let heard = signs.hear(device).await;
        println!(
            "5,000 zones, {what}: the first sign after {:.0} ms, {} tellings, the last after \
             {:.0} ms",
            heard.first_ms.unwrap_or_default(),
            heard.signs,
            heard.last_ms
        );
        assert!(heard.signs > 0, "{what}, and no sign is told");
    }
    let seen = service.get("/api/v1/sites/block/evacuation").await;
    let hazards = seen["hazards"].as_array().expect("a list");
    assert_eq!(hazards.len(), 2, "{hazards:?}");
    let closed: Vec<&serde_json::Value> = hazards.iter().map(|hazard| &hazard["zone"]).collect();
    for sign in seen["signs"].as_array().expect("a list") {
        assert!(!closed.contains(&&sign["toward"]), "{sign} leads into smoke");
    }
    service.stop().await;
}
