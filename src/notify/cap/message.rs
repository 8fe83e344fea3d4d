//! An alert for other systems, as the Common Alerting Protocol 1.2 has it (공통경보프로토콜; OASIS
//! CAP-v1.2; Korea's KS X ITUT X1303 is 1.1, which reads the same but for the name space).
//!
//! Text in, XML out. It holds what the standard demands of every message: an identifier without
//! spaces, commas and marks, a `sent` with an offset and never `Z`, references of each update and
//! cancellation, `Exercise` for drills. What a disaster is in CAP's words is the caller's to say;
//! who may read it, too. Nothing here is sent anywhere.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// The name space of CAP 1.2.
const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alert {
    pub head: Head,
    /// Whether people have to act, or only practise.
    pub status: Status,
    pub kind: Kind,
    /// What came before of the same incident, the oldest first. Empty for the first message alone.
    pub references: Vec<Head>,
    /// For people, what this message is beside the one before.
    pub note: Option<String>,
    /// The same in each language.
    pub infos: Vec<Info>,
}

/// What names a message, here and in references to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// Unique among what this sender sends.
    pub identifier: String,
    /// Who says so, such as `jikimi@center.example`.
    pub sender: String,
    pub sent: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Actual,
    Exercise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Alert,
    Update,
    Cancel,
}

/// What is said of it in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Info {
    /// RFC 3066: `ko-KR`, `en-US`.
    pub language: &'static str,
    /// One of CAP's: `Fire`, `Safety`, `Geo`, `Infra`, `CBRNE`, `Security`, `Health`, `Met`, …
    pub category: String,
    pub event: String,
    /// `Evacuate`, `Shelter`, `Avoid`, `Monitor`, `AllClear`, …
    pub response: Option<String>,
    pub urgency: String,
    pub severity: String,
    pub certainty: String,
    pub onset: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    pub sender_name: String,
    pub headline: String,
    pub description: String,
    pub instruction: Option<String>,
    /// The place in words.
    pub area: String,
}

impl Head {
    /// An identifier of any text: what CAP forbids in one (spaces, commas, `<`, `&`) and whatever
    /// else is no plain letter becomes a dot. Distinct texts of ids, numbers and `/` stay distinct.
    #[must_use]
    pub(super) fn identifier(text: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':');
        text.chars().map(|c| if plain(c) { c } else { '.' }).collect()
    }

    fn reference(&self, zone: &TimeZone) -> String {
        format!("{},{},{}", self.sender, self.identifier, moment(self.sent, zone))
    }
}

/// A moment as CAP wants it: whole seconds with a numeric offset; UTC is `-00:00`.
fn moment(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned_datetime(zone.clone());
    if local.offset().is_zero() {
        return local.strftime("%Y-%m-%dT%H:%M:%S-00:00").to_string();
    }
    local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The message as XML.
///
/// # Errors
/// If it cannot be written, which memory always lets happen.
pub(super) fn xml(alert: &Alert, zone: &TimeZone) -> std::io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let declaration = BytesDecl::new("1.0", Some("UTF-8"), None);
    writer.write_event(Event::Decl(declaration))?;
    let element = writer.create_element("alert").with_attribute(("xmlns", NAMESPACE));
    element.write_inner_content(|writer| {
        let Head { identifier, sender, sent } = &alert.head;
        text(writer, "identifier", identifier)?;
        text(writer, "sender", sender)?;
        text(writer, "sent", &moment(*sent, zone))?;
        text(writer, "status", alert.status.as_str())?;
        text(writer, "msgType", alert.kind.as_str())?;
        text(writer, "scope", "Public")?;
        if let Some(note) = &alert.note {
            text(writer, "note", note)?;
        }
        if !alert.references.is_empty() {
            let all: Vec<String> = alert.references.iter().map(|r| r.reference(zone)).collect();
            text(writer, "references", &all.join(" "))?;
        }
        alert.infos.iter().try_for_each(|info| write_info(writer, info, zone))
    })?;
    String::from_utf8(writer.into_inner()).map_err(std::io::Error::other)
}

type Out = Writer<Vec<u8>>;

/// In the order of the schema, which is a sequence.
fn write_info(writer: &mut Out, info: &Info, zone: &TimeZone) -> std::io::Result<()> {
    let element = writer.create_element("info");
    element.write_inner_content(|writer| {
        text(writer, "language", info.language)?;
        text(writer, "category", &info.category)?;
        text(writer, "event", &info.event)?;
        if let Some(response) = &info.response {
            text(writer, "responseType", response)?;
        }
        text(writer, "urgency", &info.urgency)?;
        text(writer, "severity", &info.severity)?;
        text(writer, "certainty", &info.certainty)?;
        if let Some(onset) = info.onset {
            text(writer, "onset", &moment(onset, zone))?;
        }
        if let Some(expires) = info.expires {
            text(writer, "expires", &moment(expires, zone))?;
        }
        text(writer, "senderName", &info.sender_name)?;
        text(writer, "headline", &info.headline)?;
        text(writer, "description", &info.description)?;
        if let Some(instruction) = &info.instruction {
            text(writer, "instruction", instruction)?;
        }
        let area = writer.create_element("area");
        area.write_inner_content(|writer| text(writer, "areaDesc", &info.area))?;
        Ok(())
    })?;
    Ok(())
}

fn text(writer: &mut Out, name: &str, words: &str) -> std::io::Result<()> {
    writer.create_element(name).write_text_content(BytesText::new(words))?;
    Ok(())
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Actual => "Actual",
            Self::Exercise => "Exercise",
        }
    }
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "Alert",
            Self::Update => "Update",
            Self::Cancel => "Cancel",
        }
    }
}

/// A word of a situation's file as CAP writes it: `all-clear` is `AllClear`.
pub(super) fn word(of: &impl serde::Serialize) -> String {
    let Ok(serde_json::Value::String(said)) = serde_json::to_value(of) else {
        return String::new();
    };
    if said == "cbrne" {
        return "CBRNE".to_owned();
    }
    let title = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    said.split('-').map(title).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str, sent: &str) -> Head {
        let sender = "jikimi@center.example".to_owned();
        Head { identifier: Head::identifier(text), sender, sent: sent.parse().unwrap() }
    }

    fn update() -> Alert {
        let info = Info {
            language: "ko-KR",
            category: "Fire".to_owned(),
            event: "화재".to_owned(),
            response: Some("Evacuate".to_owned()),
            urgency: "Immediate".to_owned(),
            severity: "Extreme".to_owned(),
            certainty: "Observed".to_owned(),
            onset: Some("2026-11-24T05:03:07.31Z".parse().unwrap()),
            expires: None,
            sender_name: "빛고을고객센터".to_owned(),
            headline: "3층 주방 <화재> & 연기".to_owned(),
            description: "61 ℃".to_owned(),
            instruction: None,
            area: "3층".to_owned(),
        };
        Alert {
            head: head("center/fire/main/1#2", "2026-11-24T05:04:00Z"),
            status: Status::Exercise,
            kind: Kind::Update,
            references: vec![head("center/fire/main/1#1", "2026-11-24T05:03:08Z")],
            note: None,
            infos: vec![info],
        }
    }

    fn seoul() -> TimeZone {
        TimeZone::get("Asia/Seoul").unwrap()
    }

    /// What another reader of XML finds under each name, in the order of the document.
    fn read(xml: &str) -> Vec<(String, String)> {
        let document = roxmltree::Document::parse(xml).unwrap();
        let leaves = document
            .descendants()
            .filter(|node| node.is_element() && !node.children().any(|child| child.is_element()));
        let leaf = |node: roxmltree::Node<'_, '_>| {
            assert_eq!(node.tag_name().namespace(), Some(NAMESPACE));
            (node.tag_name().name().to_owned(), node.text().unwrap_or_default().to_owned())
        };
        leaves.map(leaf).collect()
    }

    #[test]
    fn another_reader_finds_every_field_in_the_order_of_the_schema() {
        let found = read(&xml(&update(), &seoul()).unwrap());
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        let schema = [
            "identifier",
            "sender",
            "sent",
            "status",
            "msgType",
            "scope",
            "references",
            "language",
            "category",
            "event",
            "responseType",
            "urgency",
            "severity",
            "certainty",
            "onset",
            "senderName",
            "headline",
            "description",
            "areaDesc",
        ];
        assert_eq!(names, schema);
        let of = |name: &str| found.iter().find(|(n, _)| n == name).map(|(_, text)| text.as_str());
        assert_eq!(of("identifier"), Some("center.fire.main.1.2"));
        assert_eq!(of("sent"), Some("2026-11-24T14:04:00+09:00"));
        assert_eq!(of("onset"), Some("2026-11-24T14:03:07+09:00"));
        assert_eq!(of("status"), Some("Exercise"));
        let earlier = "jikimi@center.example,center.fire.main.1.1,2026-11-24T14:03:08+09:00";
        assert_eq!(of("references"), Some(earlier));
        assert_eq!(of("headline"), Some("3층 주방 <화재> & 연기"));
    }

    #[test]
    fn a_situations_words_are_the_standards() {
        use crate::situation::{Category, Response, Urgency};
        assert_eq!(word(&Category::Cbrne), "CBRNE");
        assert_eq!(word(&Response::AllClear), "AllClear");
        assert_eq!(word(&Urgency::Immediate), "Immediate");
    }

    #[test]
    fn utc_is_written_as_an_offset_too() {
        let at = "2026-11-24T05:04:00Z".parse().unwrap();
        assert_eq!(moment(at, &TimeZone::UTC), "2026-11-24T05:04:00-00:00");
    }
}
