//! Homes (세대) as caseworkers see them: a state and a sentence each, by urgency.
//!
//! No reading stands here. What a home's sensors said is somebody's life; it is opened by
//! [`trace`](super::trace), with a reason.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::households::{HouseholdBody, household};
use super::local::{Local, Time};
use super::openapi::{HomeProblems, SiteProblems};
use super::problem::{Code, HomeCode, Problem};
use super::request::{Path, Query, page_size};
use super::sites::SitePath;
use super::words::{Level, Names};
use crate::domain::household::{Reason, Standing};
use crate::domain::time::Timestamp;
use crate::domain::{Class, Home, HomeId, Household, Site, SiteId, Words};
use crate::monitor::{kit, missing};
use crate::run::data::month;
use crate::store::views::{self, StandingRow};
use crate::store::{HouseholdRow, home_data, households};

const PAGE_USUAL: u32 = 200;
const PAGE_MAX: u32 = 5000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct HomePath {
    #[param(value_type = String, example = "usan")]
    pub(super) site: SiteId,
    #[param(value_type = String, example = "h0101")]
    pub(super) home: HomeId,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HomesQuery {
    #[param(inline)]
    state: Option<HomeState>,
    /// At most this many, from 1 to 5000; 200 if not given.
    limit: Option<u32>,
    /// So many of the most urgent are left out.
    offset: Option<u32>,
}

/// What a home is, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HomeState {
    /// Somebody may need help: silent, fallen, calling, smoke.
    Alarm,
    /// Something is to be looked after.
    Supervisory,
    /// Nobody can see into it; it may be anything.
    Blind,
    /// Something that hangs there does not work.
    Trouble,
    /// Nobody watches yet: no consent, or nobody has walked through.
    NotWatched,
    /// A registered absence.
    Away,
    Well,
    /// Nobody lives there.
    Empty,
}

impl HomeState {
    const ALL: [Self; 8] = [
        Self::Alarm,
        Self::Supervisory,
        Self::Blind,
        Self::Trouble,
        Self::NotWatched,
        Self::Away,
        Self::Well,
        Self::Empty,
    ];

    fn names(self) -> Names {
        let (ko, en) = match self {
            Self::Alarm => ("경보", "alarm"),
            Self::Supervisory => ("확인 필요", "to be looked after"),
            Self::Blind => ("관측 불가", "cannot be seen into"),
            Self::Trouble => ("장애", "trouble"),
            Self::NotWatched => ("감시 전", "not watched"),
            Self::Away => ("부재 등록", "away"),
            Self::Well => ("이상 없음", "well"),
            Self::Empty => ("빈집", "empty"),
        };
        Names { ko: ko.to_owned(), en: en.to_owned() }
    }
}

#[derive(Serialize, ToSchema)]
pub struct Homes {
    homes: Vec<HomeBody>,
    /// How many homes there are of each state.
    counts: Vec<StateCount>,
    /// How many homes match in all.
    #[schema(example = 665)]
    total: usize,
}

#[derive(Serialize, ToSchema)]
pub struct StateCount {
    state: HomeState,
    name: Names,
    #[schema(example = 612)]
    homes: usize,
}

/// A home: a state and a sentence.
#[derive(Serialize, ToSchema)]
pub struct HomeBody {
    #[schema(example = "h0101")]
    id: String,
    #[schema(example = "house-101")]
    building: String,
    state: HomeState,
    state_name: Names,
    /// Of the gravest that stands.
    level: Option<Level>,
    /// Since when the state is what it is, where that is known.
    since: Option<Time>,
    #[schema(example = "silent for 9 h 10 min; a silence like this ends sooner in 998 of 1,000")]
    sentence: String,
    #[schema(example = "9시간 10분째 움직임이 없음")]
    sentence_ko: String,
    /// Unresolved, the gravest first.
    incidents: Vec<String>,
    /// Who lives there, by id.
    #[schema(example = "hh-3f61c2a09b7d4e58")]
    pub(super) household: Option<String>,
    needs_help_to_leave: bool,
    /// Whether an absence is registered that holds now.
    away: bool,
    /// In which zone of the building it lies, where the site's file says so.
    #[schema(example = "b-6f-601")]
    zone: Option<String>,
    #[schema(example = "6f")]
    storey: Option<String>,
}

/// A home with its household.
#[derive(Serialize, ToSchema)]
pub struct HomeDetail {
    #[serde(flatten)]
    pub(super) home: HomeBody,
    /// What was agreed and registered; none if nobody is.
    pub(super) registered: Option<HouseholdBody>,
    /// What came from the home over the air in this calendar month.
    pub(super) data: DataBody,
}

/// How much a home sends (데이터 사용량), headers included; a few minutes behind.
#[derive(Serialize, ToSchema)]
pub struct DataBody {
    #[schema(example = "2026-11")]
    month: String,
    #[schema(example = 4_120_311)]
    bytes: u64,
    /// None: nobody has set one.
    #[schema(example = 30_000_000)]
    budget_bytes: Option<u64>,
    over_budget: bool,
}

/// The homes of a site, the most urgent first.
#[utoipa::path(get, path = "/api/v1/sites/{site}/homes", tag = "homes",
    params(SitePath, HomesQuery), responses((status = 200, body = Homes), SiteProblems))]
pub async fn list(
    State(state): State<ApiState>,
    Path(SitePath { site }): Path<SitePath>,
    Query(query): Query<HomesQuery>,
) -> Result<Json<Homes>, Problem> {
    let limit = page_size(query.limit, PAGE_USUAL, PAGE_MAX)? as usize;
    let site = &state.configuration(&site)?.site;
    let now = state.clock.now();
    let seen = Seen::of(&state, site).await?;
    let mut homes: Vec<HomeBody> = site.homes.values().map(|home| seen.home(home, now)).collect();
    homes.sort_by(|one, other| {
        let urgency = |home: &HomeBody| (home.state, std::cmp::Reverse(home.level.map(rank)));
        urgency(one).cmp(&urgency(other)).then_with(|| one.id.cmp(&other.id))
    });
    let counts = HomeState::ALL.map(|state| StateCount {
        state,
        name: state.names(),
        homes: homes.iter().filter(|home| home.state == state).count(),
    });
    homes.retain(|home| query.state.is_none_or(|state| home.state == state));
    let total = homes.len();
    let offset = query.offset.map_or(0, |offset| offset as usize);
    let homes = homes.into_iter().skip(offset).take(limit).collect();
    Ok(Json(Homes { homes, counts: counts.into(), total }))
}

/// One home, with what was agreed and how far its walk test is.
#[utoipa::path(get, path = "/api/v1/sites/{site}/homes/{home}", tag = "homes",
    params(HomePath), responses((status = 200, body = HomeDetail), HomeProblems))]
pub async fn one(
    State(state): State<ApiState>,
    Path(HomePath { site, home }): Path<HomePath>,
) -> Result<Json<HomeDetail>, Problem> {
    read(&state, &site, &home).await.map(Json)
}

/// The home as the database has it now.
///
/// # Errors
/// If there is none of this id, or the database cannot be read.
pub(super) async fn read(
    state: &ApiState,
    site: &SiteId,
    home: &HomeId,
) -> Result<HomeDetail, Problem> {
    let site = &state.configuration(site)?.site;
    let known = site.homes.get(home).ok_or_else(|| unknown(&site.id, home))?;
    let seen = Seen::of(state, site).await?;
    let kit = kit(site, home);
    let registered = seen.households.get(home).map(|of| {
        let missing = missing(&kit, &of.walk_test, false);
        household(&seen.local, of, &kit, &missing)
    });
    let month = month(site, state.clock.now());
    let bytes = home_data(&state.db, &site.id, home, &month).await?;
    let budget_bytes = site.care.data_bytes_per_month;
    let over_budget = budget_bytes.is_some_and(|budget| bytes > budget);
    let data = DataBody { month, bytes, budget_bytes, over_budget };
    Ok(HomeDetail { home: seen.home(known, state.clock.now()), registered, data })
}

pub(super) fn unknown(site: &SiteId, home: &HomeId) -> Problem {
    let sentence = format!("`{home}` is no home; /api/v1/sites/{site}/homes lists them");
    Problem::new(Code::Home(HomeCode::Unknown), sentence)
}

fn rank(level: Level) -> u8 {
    match level {
        Level::Attention => 1,
        Level::Caution => 2,
        Level::Warning => 3,
        Level::Critical => 4,
    }
}

/// What is known of a site's homes at one look.
struct Seen<'s> {
    site: &'s Site,
    local: Local,
    households: BTreeMap<HomeId, Household>,
    /// By place.
    standing: BTreeMap<String, Vec<StandingRow>>,
}

impl<'s> Seen<'s> {
    async fn of(state: &ApiState, site: &'s Site) -> Result<Self, Problem> {
        let households = households(&state.db, &site.id).await?.into_iter();
        let of_home = |row: HouseholdRow| (row.home, row.household);
        let mut standing: BTreeMap<String, Vec<StandingRow>> = BTreeMap::new();
        for row in views::standing(&state.db, &site.id).await? {
            standing.entry(row.place.to_string()).or_default().push(row);
        }
        let local = Local::of(state, &site.id);
        Ok(Self { site, local, households: households.map(of_home).collect(), standing })
    }

    fn home(&self, home: &Home, now: Timestamp) -> HomeBody {
        let household = self.households.get(&home.id);
        let mut standing: Vec<&StandingRow> =
            self.standing.get(home.id.as_str()).into_iter().flatten().collect();
        standing.sort_by_key(|row| (state_of(row), std::cmp::Reverse(row.level)));
        let (state, since, sentence) = match standing.first() {
            Some(row) => (state_of(row), Some(row.opened_at), row.because.clone()),
            None => self.quiet(household, now),
        };
        let id =
            |row: &&StandingRow| format!("{}/{}/{}/{}", self.site.id, row.kind, row.place, row.n);
        let zone = self.site.crowd.homes.get(&home.id);
        let zone = zone.and_then(|zone| self.site.zones.get(zone));
        HomeBody {
            id: home.id.to_string(),
            building: home.building.to_string(),
            state,
            state_name: state.names(),
            level: standing.iter().map(|row| row.level).max().map(Level::from),
            since: since.map(|since| self.local.time(since)),
            sentence: sentence.en,
            sentence_ko: sentence.ko,
            incidents: standing.iter().map(id).collect(),
            household: household.map(|of| of.id.to_string()),
            needs_help_to_leave: household.is_some_and(|of| of.needs_help_to_leave),
            away: household.is_some_and(|of| Standing::of(of, now).away.is_some()),
            storey: zone.map(|zone| zone.storey.to_string()),
            zone: zone.map(|zone| zone.id.to_string()),
        }
    }

    /// A home in which nothing stands.
    fn quiet(
        &self,
        household: Option<&Household>,
        now: Timestamp,
    ) -> (HomeState, Option<Timestamp>, Words) {
        let Some(household) = household else {
            return match self.site.registered_only {
                true => (
                    HomeState::Empty,
                    None,
                    Words::new("등록된 입주자 없음", "nobody is registered here"),
                ),
                false => (HomeState::Well, None, Words::new("이상 없음", "nothing unusual")),
            };
        };
        let standing = Standing::of(household, now);
        if let Some(away) = standing.away {
            let (ko, why) = match away.reason {
                Reason::Trip => ("외출·여행 등록", "away"),
                Reason::Hospital => ("입원 등록", "in hospital"),
            };
            let until = away.until.map(|until| self.local.said(until));
            let sentence = match until {
                Some(until) => Words::new(
                    format!("{ko}, {until}까지"),
                    format!("{why} until {until}, as registered"),
                ),
                None => Words::new(ko, format!("{why}, as registered")),
            };
            return (HomeState::Away, Some(away.from), sentence);
        }
        if self.site.registered_only && !standing.watched {
            let sentence = match household.consent.monitoring {
                false => Words::new("모니터링 동의 전", "nobody has agreed to being watched yet"),
                true => Words::new("설치 점검 전", "the walk test is still to be passed"),
            };
            return (HomeState::NotWatched, Some(household.since), sentence);
        }
        let sentence = match standing.visited {
            true => Words::new("이상 없음, 방문 등록", "nothing unusual; a visit is registered"),
            false => Words::new("이상 없음", "nothing unusual"),
        };
        (HomeState::Well, None, sentence)
    }
}

fn state_of(row: &StandingRow) -> HomeState {
    match (row.class, row.kind.as_str()) {
        (Class::Alarm, _) => HomeState::Alarm,
        (Class::Supervisory, _) => HomeState::Supervisory,
        (Class::Trouble, "blind") => HomeState::Blind,
        (Class::Trouble, _) => HomeState::Trouble,
    }
}
