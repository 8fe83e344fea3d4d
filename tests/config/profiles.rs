//! What is refused of device models, and of the addresses of devices.

use crate::folder::{Folder, SITE_FILE, only};

const FILE: &str = "profiles/zigbee.toml";

const MODELS: &str = r#"
profiles = ["zigbee2mqtt"]

[[model]]
id = "pir"
name = "활동량감지기"
because = "a maker's sheet"
battery = { path = "battery", unit = "percent" }
fields = [
  { path = "occupancy", quantity = "motion", true_when = [true] },
  { path = "door", quantity = "contact", true_when = ["open"], false_when = ["closed"] },
  { path = "temperature", quantity = "temperature", unit = "celsius" },
]
"#;

const DEVICE: &str = r#"
[[device]]
id = "pir-h101"
home = "h101"
reads = ["motion"]
profile = "zigbee2mqtt"
model = "pir"
address = "h101/pir"
"#;

fn well() -> Folder {
    Folder::well().with(FILE, MODELS).with_more(SITE_FILE, DEVICE)
}

/// Changes one thing, and expects one problem at the line that holds `at`.
#[track_caller]
fn refuses(file: &str, from: &str, to: &str, at: &str, code: &str, words: &[&str]) {
    let folder = well().change(file, from, to);
    let problem = only(&folder);
    assert_eq!((problem.file.as_str(), problem.code), (file, code), "{problem}");
    let text = folder.text(file);
    let line = problem.line.and_then(|line| text.lines().nth(line - 1)).unwrap_or_default();
    assert!(line.contains(at), "{problem}\npoints at {line:?} and not at {at:?}");
    for word in words {
        assert!(problem.sentence.contains(word), "{problem}\ndoes not say {word:?}");
    }
}

#[test]
fn a_device_behind_a_gateway_is_well() {
    let loaded = well().load();
    assert_eq!(loaded.directory.models().len(), 1);
    let subscribed = loaded.directory.filters(jikimi::ingest::Session::Bulk);
    assert_eq!(subscribed, ["zigbee2mqtt/#"]);
    assert!(loaded.body.contains("== profiles/zigbee.toml"));
}

#[test]
fn without_profiles_a_folder_is_well() {
    assert!(Folder::well().load().directory.models().is_empty());
}

#[test]
fn a_misspelt_key_is_refused() {
    let meant = ["did you mean `true_when`?"];
    refuses(FILE, "true_when = [true]", "true_wen = [true]", "true_wen", "unknown-key", &meant);
    refuses(FILE, "because", "becaus", "becaus", "unknown-key", &["`because`?"]);
    let meant = ["did you mean `path`?"];
    refuses(FILE, "path = \"battery\"", "pth = \"battery\"", "pth", "unknown-key", &meant);
    refuses(SITE_FILE, "address", "adress", "adress", "unknown-key", &["did you mean `address`?"]);
}

#[test]
fn what_a_field_is_has_to_be_said() {
    let closed = ", false_when = [\"closed\"]";
    refuses(FILE, closed, "", "\"door\"", "missing-key", &["`false_when`", "error"]);
    let unit = ", unit = \"celsius\"";
    refuses(FILE, unit, "", "\"temperature\"", "missing-key", &["`unit`", "fahrenheit"]);
    refuses(FILE, unit, ", unit = \"watt\"", "watt", "wrong-unit", &["temperature", "celsius"]);
    refuses(FILE, unit, ", unit = \"kelvin\"", "kelvin", "unknown-word", &["does not exist"]);
    let on = ", true_when = [true]";
    refuses(FILE, on, "", "\"occupancy\"", "missing-key", &["true_when", "bit"]);
    refuses(FILE, on, ", bit = 64", "64", "out-of-range", &["0 to 63"]);
    let both = ", true_when = [true], unit = \"percent\"";
    refuses(FILE, on, both, "percent", "key-of-another-kind", &["`unit`"]);
    let amperes = ", unit = \"ampere\"";
    let power = "{ path = \"current\", quantity = \"power\", unit = \"ampere\" },\n  { path = \"te";
    refuses(FILE, "{ path = \"te", power, amperes, "current-without-volts", &["volts"]);
}

#[test]
fn a_battery_is_told_in_percent_or_between_two_voltages() {
    let percent = "unit = \"percent\" }";
    refuses(FILE, percent, "unit = \"volt\", empty = 2.0 }", "battery", "missing-key", &["`full`"]);
    let upside_down = "unit = \"volt\", empty = 3.0, full = 2.0 }";
    refuses(FILE, percent, upside_down, "full = 2.0", "out-of-range", &["above"]);
}

#[test]
fn no_two_models_have_a_name_and_no_two_are_usual() {
    let twice = MODELS.replace("profiles = [\"zigbee2mqtt\"]", "");
    let problem = only(&well().with_more(FILE, &twice));
    assert_eq!(problem.code, "duplicate-id");
    let usual = |id: &str| MODELS.replace("id = \"pir\"", &format!("id = \"{id}\"\nusual = true"));
    let folder = Folder::well().with(FILE, usual("a")).with("profiles/b.toml", usual("b"));
    let problem = only(&folder);
    assert_eq!(problem.code, "two-usual-models");
    assert!(problem.sentence.contains("`a`"), "{problem}");
}

#[test]
fn a_device_names_what_its_gateway_calls_it() {
    let case = |from: &str, to: &str, at: &str, code: &str, word: &str| {
        refuses(SITE_FILE, from, to, at, code, &[word]);
    };
    case("profile = \"zigbee2mqtt\"", "", "[[device]]", "missing-key", "zigbee2mqtt");
    case("profile = \"zigbee2mqtt\"", "profile = \"zigbee\"", "zigbee", "unknown-word", "tasmota");
    case("address = \"h101/pir\"", "", "[[device]]", "missing-key", "`address`");
    case("\"h101/pir\"", "\"h101/#\"", "h101/#", "bad-address", "friendly name");
    case("\"h101/pir\"", "\"/pir\"", "/pir", "bad-address", "friendly name");
    case("\"pir\"", "\"pri\"", "pri", "unknown-model", "did you mean `pir`?");
    case("model = \"pir\"\n", "", "[[device]]", "missing-key", "`model`");
    let based = "profile = \"zigbee2mqtt\"\nbase = \"jikimi/v1\"";
    case("profile = \"zigbee2mqtt\"", based, "base", "bad-value", "zigbee2mqtt-2");
    case("reads = [\"motion\"]", "reads = [\"sos\"]", "model", "model-does-not-read", "motion");
}

#[test]
fn an_eui_is_16_digits() {
    let lora = MODELS.replace("zigbee2mqtt", "chirpstack");
    let device = DEVICE.replace("zigbee2mqtt", "chirpstack");
    let folder = Folder::well().with(FILE, &lora).with_more(SITE_FILE, &device);
    let problem = only(&folder);
    assert_eq!(problem.code, "bad-address");
    assert!(problem.sentence.contains("DevEUI"), "{problem}");
    folder.change(SITE_FILE, "h101/pir", "A84041000181C061").load();
}

#[test]
fn a_model_of_another_dialect_is_refused() {
    let lora = MODELS.replace("zigbee2mqtt", "chirpstack");
    let problem = only(&Folder::well().with(FILE, &lora).with_more(SITE_FILE, DEVICE));
    assert_eq!(problem.code, "model-of-another-profile");
}

#[test]
fn one_address_is_one_device_in_all_sites() {
    let again = DEVICE.replace("pir-h101", "pir-again").replace("h101/pir", " h101/pir");
    let problem = only(&well().with_more(SITE_FILE, &again));
    assert_eq!(problem.code, "address-taken");
    assert!(problem.sentence.contains("`pir-h101`"), "{problem}");
    let elsewhere = again.replace("address", "base = \"zigbee-2\"\naddress");
    well().with_more(SITE_FILE, &elsewhere).load();
}
