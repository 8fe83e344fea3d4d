//! What a person reads or hears (알림 문구), in Korean or English.
//!
//! It names places by what the site calls them, homes by their number, and nobody by name: a text
//! may be read over a shoulder. A resident is asked; whom the resident has named is only told that
//! the office wants to be called.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::domain::{Level, PlaceId};
use crate::incident::Role;
use crate::monitor::Configuration;
use crate::store::DueNotice;

/// What things are called.
#[derive(Clone)]
pub struct Names {
    configurations: Arc<[Arc<Configuration>]>,
}

/// A text with its heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub subject: String,
    pub body: String,
}

impl Names {
    #[must_use]
    pub fn new(configurations: &[Arc<Configuration>]) -> Self {
        Self { configurations: configurations.into() }
    }

    pub(super) fn of(&self, site: &str) -> Option<&Configuration> {
        let held = self.configurations.iter().find(|held| held.site.id.as_str() == site);
        held.map(AsRef::as_ref)
    }

    /// By whose clocks a site works.
    pub(super) fn zone(&self, site: &str) -> TimeZone {
        let held = self.of(site);
        held.and_then(|held| TimeZone::get(&held.site.timezone).ok()).unwrap_or(TimeZone::UTC)
    }

    /// `빛고을고객센터 본관`: the site, then the place if it is not the site itself.
    pub(super) fn place(&self, site: &str, place: &PlaceId) -> String {
        let Some(held) = self.of(site) else { return format!("{site} {place}") };
        if held.site.id.as_str() == place.as_str() {
            return held.site.name.clone();
        }
        let id = place.as_str();
        let site = &held.site;
        let building = site.buildings.iter().find(|(key, _)| key.as_str() == id);
        let storey = site.storeys.iter().find(|(key, _)| key.as_str() == id);
        let zone = site.zones.iter().find(|(key, _)| key.as_str() == id);
        let name = building.map(|(_, is)| is.name.clone());
        let name = name.or(zone.map(|(_, is)| is.name.clone()));
        let name = name.or(storey.map(|(_, is)| match is.level {
            below if below < 0 => format!("지하 {}층", -below),
            level => format!("{level}층"),
        }));
        format!("{} {}", site.name, name.as_deref().unwrap_or(id))
    }

    /// What a kind is called. Ours have names of their own.
    pub(super) fn kind(&self, site: &str, kind: &str, english: bool) -> String {
        let situation = self.of(site).and_then(|held| {
            held.situations.iter().find(|(key, _)| key.as_str() == kind).map(|(_, is)| is)
        });
        match situation {
            Some(situation) if english => situation.name_en.clone(),
            Some(situation) => situation.name.clone(),
            None => kind.to_owned(),
        }
    }
}

/// The words of one notice to whoever holds its role.
pub(super) fn of(notice: &DueNotice, names: &Names, english: bool) -> Text {
    let site = notice.incident.site.as_str();
    let place = names.place(site, &notice.incident.place);
    let drill = match (notice.exercise, english) {
        (false, _) => "",
        (true, false) => "[훈련] ",
        (true, true) => "[EXERCISE] ",
    };
    let body = match Role::named(&notice.role) {
        Some(Role::Resident) if english => format!(
            "{drill}{place}: are you all right? Press or answer 1 if you are, 2 if you need help."
        ),
        Some(Role::Resident) => format!(
            "{drill}{place} 안부 확인입니다. 괜찮으시면 1번, 도움이 필요하시면 2번을 눌러 주세요."
        ),
        Some(Role::EmergencyContact) if english => {
            format!("{drill}{place}: please call the office; a visit may be needed.")
        }
        Some(Role::EmergencyContact) => {
            format!("{drill}{place} 관리사무소입니다. 안부 확인이 필요하니 연락해 주세요.")
        }
        _ => return to_staff(notice, names, drill, english),
    };
    let subject = format!("{drill}{}", if english { "Please answer" } else { "안부 확인" });
    Text { subject, body }
}

fn to_staff(notice: &DueNotice, names: &Names, drill: &str, english: bool) -> Text {
    let site = notice.incident.site.as_str();
    let place = names.place(site, &notice.incident.place);
    let kind = names.kind(site, notice.incident.kind.as_str(), english);
    let level = level(notice.level, english);
    let local = notice.opened_at.to_zoned_datetime(names.zone(site)).strftime("%m-%d %H:%M");
    let subject = format!("{drill}[{level}] {kind} · {place}");
    let (because, since) = match english {
        true => (&notice.because, "since"),
        false => (&notice.because_ko, "발생"),
    };
    let mut body = format!("{subject}\n{because}\n{since} {local}");
    // A bare number, so that nobody has to find it.
    if notice.step.contains("119") {
        let call = if english { "Call 119 now." } else { "지금 119에 신고하세요." };
        let _ = write!(body, "\n{call}");
    }
    Text { subject, body }
}

/// Several notices to one person as one text: every incident has its line.
pub(super) fn merged(texts: &[Text], english: bool) -> Text {
    let n = texts.len();
    let subject = match english {
        true => format!("{n} notices"),
        false => format!("알림 {n}건"),
    };
    let lines: Vec<&str> = texts.iter().map(|text| text.body.as_str()).collect();
    Text { body: format!("{subject}\n\n{}", lines.join("\n\n")), subject }
}

fn level(level: Level, english: bool) -> &'static str {
    match (level, english) {
        (Level::Attention, true) => "Attention",
        (Level::Caution, true) => "Caution",
        (Level::Warning, true) => "Warning",
        (Level::Critical, true) => "Critical",
        (Level::Attention, false) => "관심",
        (Level::Caution, false) => "주의",
        (Level::Warning, false) => "경계",
        (Level::Critical, false) => "심각",
    }
}
