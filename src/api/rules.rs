//! The rules (규칙) that run at a site: what each watches, what it means, and why its numbers are
//! what they are.
//!
//! They are read here and changed in their files, where a change has an author and a review;
//! `because` is the sentence of the file, and `source` says where that stands.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::local::Local;
use super::openapi::SiteProblems;
use super::problem::Problem;
use super::request::Path;
use super::sites::SitePath;
use super::words::{Class, Level, Names};
use crate::detect::Rule;
use crate::domain::Site;
use crate::store::configuration_text;

#[derive(Serialize, ToSchema)]
pub struct Rules {
    /// By id.
    rules: Vec<RuleBody>,
}

#[derive(Serialize, ToSchema)]
pub struct RuleBody {
    #[schema(example = "fire-smoke")]
    id: String,
    /// Over everything it means; the same as in evidence.
    #[schema(example = "4c1f09ab77de")]
    version: String,
    /// The algorithm.
    #[schema(example = "smoke")]
    detector: &'static str,
    /// The situation or the fault that a finding of it is.
    #[schema(example = "fire")]
    kind: String,
    name: Names,
    class: Class,
    level: Level,
    #[schema(example = json!(["smoke"]))]
    quantities: Vec<&'static str>,
    /// How many devices of the site it watches.
    devices: usize,
    /// Where its numbers come from.
    because: String,
    /// File and line, where the text that was loaded is kept.
    #[schema(example = "rules/fire.toml:61")]
    source: Option<String>,
}

/// The rules that run at a site.
#[utoipa::path(get, path = "/api/v1/sites/{site}/rules", tag = "service",
    params(SitePath), responses((status = 200, body = Rules), SiteProblems))]
pub async fn list(
    State(state): State<ApiState>,
    Path(SitePath { site }): Path<SitePath>,
) -> Result<Json<Rules>, Problem> {
    let held = state.configuration(&site)?;
    let text = configuration_text(&state.db, &held.hash).await?.unwrap_or_default();
    let local = Local::of(&state, &site);
    let body = |rule: &std::sync::Arc<Rule>| body(rule, &held.site, &local, &text);
    Ok(Json(Rules { rules: held.rules.iter().map(body).collect() }))
}

fn body(rule: &Rule, site: &Site, local: &Local, text: &str) -> RuleBody {
    let kind = rule.means.kind();
    RuleBody {
        id: rule.id.to_string(),
        version: rule.version.clone(),
        detector: rule.detector.name(),
        kind: kind.to_string(),
        name: local.kind(kind),
        class: rule.class.into(),
        level: rule.level.into(),
        quantities: rule.quantities.iter().map(|quantity| quantity.as_str()).collect(),
        devices: site.devices.values().filter(|device| rule.watches(site, device)).count(),
        because: rule.because.split_whitespace().collect::<Vec<_>>().join(" "),
        source: source(text, rule.id.as_str()),
    }
}

/// File and line of the table that has this id, in the text that a configuration was read from:
/// each file behind a line that names it and says how long it is.
fn source(text: &str, id: &str) -> Option<String> {
    let mut rest = text;
    while let Some(heading) = rest.strip_prefix("== ") {
        let (name, after) = heading.split_once(" (")?;
        let (bytes, after) = after.split_once(" bytes)\n")?;
        let body = after.get(..bytes.parse().ok()?)?;
        let named = |line: &str| {
            let value = line.trim().strip_prefix("id").map(str::trim_start);
            let value = value.and_then(|value| value.strip_prefix('='));
            value.is_some_and(|value| value.trim().trim_matches('"') == id)
        };
        if name.contains("rules/")
            && let Some(at) = body.lines().position(named)
        {
            return Some(format!("{name}:{}", at + 1));
        }
        rest = after.get(body.len()..)?.strip_prefix('\n')?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_found_in_its_file_and_nowhere_else() {
        let fire = "# 화재\n[[rule]]\nid = \"fire-heat\"\nbecause = \"한글\"\n";
        let site = "id = \"fire-heat\"\n";
        let text = format!(
            "== sites/a.toml ({} bytes)\n{site}\n== rules/fire.toml ({} bytes)\n{fire}\n",
            site.len(),
            fire.len()
        );
        assert_eq!(source(&text, "fire-heat").as_deref(), Some("rules/fire.toml:3"));
        assert_eq!(source(&text, "fire"), None);
        assert_eq!(source("== rules/fire.toml (9999 bytes)\nid = \"x\"\n", "x"), None);
    }
}
