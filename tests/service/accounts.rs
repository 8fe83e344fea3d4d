//! Accounts and certificates, at both brokers: a device speaks for itself alone, and what hinders
//! us is said.

use crate::certificates::Authority;
use crate::lab::count;
use crate::mosquitto::Mosquitto;
use crate::secure::{Say, World, jikimi, text};
use crate::service::{Service, free_port, until};

/// Where devices with a password and devices with a certificate go.
struct Doors {
    passwords: u16,
    certificates: u16,
}

/// Everything a device may try at a broker; true stands for what is to be stored.
fn tried(world: &World, doors: &Doors) {
    let Doors { passwords, certificates } = *doors;
    let ca = world.file("certs/ca.crt");
    assert!(world.device("lab/heat-1", passwords).reading("heat-1", "own"));
    assert!(!Say::new(passwords, &ca).account("lab/heat-1", "guess").reading("heat-1", "guessed"));
    assert!(!Say::new(passwords, &ca).account("lab/ghost", "x").reading("heat-1", "ghost"));
    assert!(!Say::new(passwords, &ca).reading("heat-1", "nameless"));
    assert!(!Say::plainly(passwords).reading("heat-1", "in-plain-text"));

    // A 3.1.1 client may be told anything; what counts is what is stored.
    world.device("lab/heat-1", passwords).reading("heat-2", "forged");
    world.device("lab/heat-1", passwords).with(&["-V", "5"]).reading("heat-2", "forged-5");
    let own = world.authority.client("heat-2", "lab/heat-2");
    assert!(world.certified(&own, certificates).reading("heat-2", "certified"));
    world.certified(&own, certificates).reading("heat-1", "forged-with-a-certificate");
    let old = world.authority.expired_client("old", "lab/heat-2");
    assert!(!world.certified(&old, certificates).reading("heat-2", "expired"));
    let stranger = Authority::new(&world.file("elsewhere")).client("heat-2", "lab/heat-2");
    assert!(!world.certified(&stranger, certificates).reading("heat-2", "signed-elsewhere"));
    assert!(world.device("lab/heat-1", passwords).reading("heat-1", "last"));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_mosquitto_a_device_speaks_for_itself_alone() {
    let mut world = World::new();
    world.home.log = Some("trace");
    let broker = Mosquitto::production(world.home.folder.path());
    let ports = broker.ports();
    world.settle(&world.at_mosquitto(ports.jikimi));
    let service = Service::up(&world.home, None).await;
    tried(&world, &Doors { passwords: ports.devices, certificates: ports.certificates });
    // Another's client id changes nothing: here everyone is called what the account is called.
    let impostor = world.device("lab/heat-1", ports.devices).with(&["-i", "jikimi-bulk"]);
    assert!(impostor.reading("heat-1", "impostor"));
    stored(&world, service, &["certified", "impostor", "last", "own"]).await;
    let log = std::fs::read_to_string(world.home.path("service.log")).unwrap();
    assert!(!log.contains("the broker is gone"), "the impostor has thrown us out");
    commanded(&world, ports.devices, ports.jikimi);
    // Devices' accounts open no other door.
    assert!(!world.device("lab/heat-1", ports.jikimi).reading("heat-1", "wrong-door"));
    no_secret_in(&log, &world);
}

/// A device is told what it is to do, and nothing of what others are. Mosquitto grants every
/// subscription; what counts is what comes.
fn commanded(world: &World, devices: u16, jikimi: u16) {
    let secret = std::fs::read_to_string(world.file("jikimi/jikimi-password")).unwrap();
    for device in ["heat-2", "heat-1"] {
        let topic = format!("jikimi/v1/lab/command/{device}");
        let jikimi = Say::new(jikimi, &world.file("certs/ca.crt")).account("jikimi", secret.trim());
        assert!(jikimi.with(&["-r", "-t", &topic, "-m", device]).done());
    }
    let heard = |device: &str| {
        let all = ["-t", "jikimi/v1/lab/command/heat-1", "-t", "jikimi/v1/lab/command/heat-2"];
        world.device(&format!("lab/{device}"), devices).with(&all).hears_first()
    };
    assert_eq!([heard("heat-1"), heard("heat-2")], ["heat-1", "heat-2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_our_own_broker_a_device_speaks_for_itself_alone() {
    let mut world = World::new();
    world.home.log = Some("trace");
    let port = free_port();
    world.settle(&world.embedded(port));
    let service = Service::up(&world.home, None).await;
    tried(&world, &Doors { passwords: port, certificates: port });
    let first = world.device("lab/heat-1", port).with(&["-i", "mine"]);
    assert!(first.reading("heat-1", "mine"));
    let impostor = world.device("lab/heat-2", port).with(&["-i", "mine"]);
    assert!(!impostor.reading("heat-2", "impostor"), "the client id is another's");
    let will = ["--will-topic", "jikimi/v1/lab/heat-2/reading", "--will-payload", "{}"];
    let forger = world.device("lab/heat-1", port).with(&will);
    assert!(!forger.reading("heat-1", "with-a-forged-will"));
    // What others say is nobody else's to hear: it may be somebody's life.
    let hears = |filter: &str| world.device("lab/heat-1", port).may_hear(filter);
    assert!(hears("jikimi/v1/clock") && hears("jikimi/v1/lab/command/heat-1"));
    for others in [
        "#",
        "jikimi/v1/#",
        "jikimi/v1/lab/heat-2/status",
        "jikimi/v1/lab/command/heat-2",
        "jikimi/v1/lab/command/+",
        "zigbee2mqtt/#",
    ] {
        assert!(!hears(others), "{others} is heard by anyone");
    }
    let told = service.text("/metrics").await;
    let counted = told.lines().find(|line| line.contains("refused_total{what=\"publication\"}"));
    let counted: f64 = counted.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(counted >= 3.0, "three forgeries: {counted}");
    stored(&world, service, &["certified", "last", "mine", "own"]).await;
    let letters = "SELECT count(*) AS n FROM dead_letter WHERE reason = 'not-its-topic'";
    let letters = count(&world.home.database(), letters).await;
    assert!((1..=2).contains(&letters), "once a minute of each account: {letters}");
    no_secret_in(&std::fs::read_to_string(world.home.path("service.log")).unwrap(), &world);
}

/// Stops the service; then these messages are stored, each once, and no other.
async fn stored(world: &World, service: Service, expected: &[&str]) {
    until("all of them are stored", || async {
        for id in expected {
            let sql = format!("SELECT count(*) AS n FROM input WHERE body LIKE '%\"{id}\"%'");
            if count(&world.home.database(), &sql).await == 0 {
                return None;
            }
        }
        Some(())
    })
    .await;
    service.stop().await;
    assert_eq!(world.stored().await, expected);
}

fn no_secret_in(log: &str, world: &World) {
    let own = std::fs::read_to_string(world.file("jikimi/jikimi-password")).unwrap();
    assert!(log.len() > 1000, "much was logged");
    for secret in world.secrets.values().map(String::as_str).chain([own.trim()]) {
        assert!(!log.contains(secret), "a secret stands in the log");
    }
}

/// The same settings with something else in them.
fn instead(settings: &str, key: &str, value: &str) -> String {
    let lines = settings.lines().map(|line| match line.starts_with(key) {
        true => format!("{key} = \"{value}\"\n"),
        false => format!("{line}\n"),
    });
    lines.collect()
}

async fn hindrance(world: &World, settings: &str, expected: &str) -> Service {
    world.settle(settings);
    let Some(service) = Service::start(&world.home, None, None).await else {
        panic!("jikimi did not start");
    };
    until(expected, || async {
        let ready = service.try_get("/readyz").await.ok()?;
        let words = ready["hindrance"].as_str()?;
        assert_eq!(ready["hears"], false);
        words.contains(expected).then_some(())
    })
    .await;
    let log = std::fs::read_to_string(world.home.path("service.log")).unwrap();
    assert!(log.contains(expected), "the log does not say: {expected}");
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hinders_us_at_the_broker_is_said_and_tried_again() {
    let world = World::new();
    let broker = Mosquitto::production(world.home.folder.path());
    let port = broker.ports().jikimi;
    let well = world.at_mosquitto(port);

    let strangers = Authority::new(&world.file("elsewhere")).ca();
    let unknown = instead(&well, "ca_file", &text(&strangers));
    hindrance(&world, &unknown, "signed by nobody whom").await.stop().await;
    let elsewhere = instead(&well, "url", &format!("mqtts://127.0.0.1:{port}"));
    hindrance(&world, &elsewhere, "for another host").await.stop().await;

    // The right password, and then the broker is told another.
    let file = world.file("jikimi/wrong-password");
    std::fs::write(&file, "guess\n").unwrap();
    let wrong = instead(&well, "password_file", &text(&file));
    let service = hindrance(&world, &wrong, "refuses our user name or password").await;
    let accounts = world.file("jikimi/passwords-jikimi");
    let hash = jikimi::accounts::password::Hash::of(b"guess").unwrap();
    std::fs::write(accounts, format!("jikimi:{hash}\n")).unwrap();
    broker.reread();
    until("it hears the broker", || async {
        let ready = service.try_get("/readyz").await.ok()?;
        (ready["hears"] == true && ready["hindrance"].is_null()).then_some(())
    })
    .await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brokers_certificate_that_has_expired_is_said() {
    let world = World::new();
    world.authority.expired_server("server", &["localhost"]);
    let broker = Mosquitto::production(world.home.folder.path());
    let well = world.at_mosquitto(broker.ports().jikimi);
    hindrance(&world, &well, "has expired").await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_we_were_away_outlives_mosquittos_restart_however_much_it_is() {
    const MESSAGES: usize = 3000;
    let world = World::new();
    let mut broker = Mosquitto::production(world.home.folder.path());
    world.settle(&world.at_mosquitto(broker.ports().jikimi));
    // Once, so that the broker keeps what comes for us.
    Service::up(&world.home, None).await.stop().await;
    let devices = broker.ports().devices;
    let ids = (0..MESSAGES).map(|n| format!("m{n:04}"));
    assert!(world.device("lab/heat-1", devices).readings("heat-1", ids));
    broker.restart();
    let service = Service::up(&world.home, None).await;
    until("the backlog is stored", || async {
        let sql = "SELECT count(*) AS n FROM input WHERE kind = 'reading'";
        let stored = count(&world.home.database(), sql).await;
        usize::try_from(stored).is_ok_and(|stored| stored >= MESSAGES).then_some(())
    })
    .await;
    service.stop().await;
    assert_eq!(world.stored().await.len(), MESSAGES);
}

#[test]
fn accounts_are_kept_and_secrets_are_handed_out_once() {
    let world = World::new();
    let (out, config) = (world.file("jikimi"), text(&world.file("config")));
    let mode = |name: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(out.join(name)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!([mode("secrets"), mode("jikimi-password")], [0o600, 0o600]);
    assert_eq!(mode("passwords"), 0o640);
    let passwords = || std::fs::read_to_string(out.join("passwords")).unwrap();
    let before = passwords();
    assert_eq!(before.lines().count(), 4, "a line for each device");

    // Nothing is new: nothing changes, and the handed-out secrets are no hindrance.
    let (done, said) = jikimi(&["accounts", "lab", "--config", &config], &out);
    assert!(done && said.contains("4 accounts") && said.contains("0 of them new"), "{said}");
    assert_eq!(passwords(), before);
    // Something is new, and the secrets of before are still there.
    let (done, said) = jikimi(&["accounts", "--config", &config], &out);
    assert!(!done && said.contains("secrets is still there"), "{said}");
    assert_eq!(passwords(), before);
    std::fs::remove_file(out.join("secrets")).unwrap();
    let (done, said) = jikimi(&["accounts", "--config", &config], &out);
    assert!(done && said.contains("5 accounts") && said.contains("1 of them new"), "{said}");
    assert!(passwords().starts_with("elsewhere/heat-9:$7$101$"), "{}", passwords());

    // Who is taken down loses the account; who was made by hand keeps it.
    std::fs::remove_file(out.join("secrets")).unwrap();
    let by_hand = format!(
        "{}lab/gateway:{}\n",
        passwords(),
        before.lines().next().unwrap().split_once(':').unwrap().1
    );
    std::fs::write(out.join("passwords"), by_hand).unwrap();
    let acl = std::fs::read_to_string(out.join("acl")).unwrap();
    let acl = format!("{acl}user lab/gateway\ntopic write zigbee2mqtt/#\n");
    std::fs::write(out.join("acl"), acl).unwrap();
    let site = world.file("config/sites/lab.toml");
    let fewer = std::fs::read_to_string(&site).unwrap();
    let fewer =
        fewer.replace("{ id = \"heat-2\", zone = \"room\", reads = [\"temperature\"] },", "");
    std::fs::write(&site, fewer).unwrap();
    let renew = ["accounts", "--config", &config, "--renew", "lab/heat-1"];
    let (done, said) = jikimi(&renew, &out);
    assert!(done && said.contains("lab/heat-2 is named by no site's file"), "{said}");
    assert!(passwords().contains("lab/gateway:") && !passwords().contains("lab/heat-2:"));
    let line = |text: &str| text.lines().find(|l| l.starts_with("lab/heat-1:")).map(str::to_owned);
    assert_ne!(line(&before), line(&passwords()), "renewed");
}
