//! One home with a device behind every kind of gateway, under the shipped models.

use std::path::Path;
use std::sync::Arc;

use jikimi::config;
use jikimi::ingest::Directory;

/// A home behind each kind of gateway.
const DEVICES: &str = r#"
[[device]]
id = "pir"
home = "h101"
reads = ["motion"]
profile = "zigbee2mqtt"
model = "aqara-motion"
address = "h101/pir"

[[device]]
id = "door"
home = "h101"
reads = ["contact"]
profile = "zigbee2mqtt"
model = "aqara-contact"
address = "0x00158d0001a2b3c4"

[[device]]
id = "sos"
home = "h101"
reads = ["sos"]
profile = "zigbee2mqtt"
model = "tuya-sos"
address = "h101/sos"

[[device]]
id = "any"
home = "h101"
reads = ["temperature"]
profile = "zigbee2mqtt"
base = "zigbee-2"
address = "any"

[[device]]
id = "leak"
home = "h101"
reads = ["leak"]
profile = "chirpstack"
model = "milesight-leak"
address = "24E124128C012345"

[[device]]
id = "climate"
home = "h101"
reads = ["temperature"]
profile = "chirpstack"
address = "24e124128c012346"

[[device]]
id = "window"
home = "h101"
reads = ["contact"]
profile = "the-things-stack"
model = "dragino-contact"
address = "window-101"

[[device]]
id = "lora-sos"
home = "h101"
reads = ["sos"]
profile = "the-things-stack"
model = "milesight-button-sos"
address = "sos-101"

[[device]]
id = "plug"
home = "h101"
reads = ["power"]
profile = "tasmota"
model = "tasmota-plug"
address = "plug-101"

[[device]]
id = "boiler"
home = "h101"
reads = ["temperature"]
profile = "tasmota"
model = "tasmota-ds18b20"
address = "boiler-101"

[[device]]
id = "zb-door"
home = "h101"
reads = ["contact"]
profile = "tasmota"
model = "tasmota-zigbee"
address = "zb-101/door_sensor"

[[device]]
id = "zb-pir"
home = "h101"
reads = ["motion"]
profile = "tasmota"
model = "tasmota-zigbee"
address = "zb-101/0x057B"

[[device]]
id = "zb-smoke"
home = "h101"
reads = ["smoke_alarm"]
profile = "tasmota"
model = "tasmota-zigbee-smoke"
address = "zb-101/smoke"
"#;

const SITE: &str = r#"
id = "town"
name = "시청"
timezone = "Asia/Seoul"

[[building]]
id = "main"
name = "본관"

[[home]]
id = "h101"
building = "main"
"#;

/// No rule watches, so no situation has to say anything of one.
const NOTHING: &str =
    "id = \"nothing\"\nname = \"없음\"\nname_en = \"Nothing\"\nscope = \"home\"\n";

/// The shipped models over that home.
pub fn directory() -> Arc<Directory> {
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    for name in ["jikimi.toml", "profiles"] {
        copy(&shipped.join(name), &folder.path().join(name));
    }
    for (file, text) in [
        ("rules/none.toml", ""),
        ("situations/none.toml", NOTHING),
        ("sites/town.toml", &[SITE, DEVICES].concat()),
    ] {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    config::load(folder.path()).unwrap_or_else(|refused| panic!("{refused}")).directory
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        std::fs::copy(from, to).unwrap();
        return;
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        copy(&path, &to.join(path.file_name().unwrap()));
    }
}
