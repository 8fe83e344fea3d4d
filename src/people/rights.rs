//! What each role may: one table, in code and nowhere else. ARCHITECTURE.md shows it to people.

use super::{Role, Scope};

/// One thing that may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// To know that a site is there, and what it is called.
    Site,
    /// To see a building: zones, ways, signs, and what its devices say.
    Building,
    /// To see incidents of a building.
    BuildingIncidents,
    /// To see incidents in homes: a state and a sentence.
    HomeIncidents,
    /// To acknowledge, assign and resolve what one may see.
    Handle,
    /// To open a situation, to begin a drill, to silence.
    Declare,
    /// To see the devices, those in homes included, and what is wrong with them.
    Devices,
    /// To see the homes and in which state each is.
    Homes,
    /// To see what the sensors of a home said. Each look is in the trail.
    Trace,
    /// To see who lives in a home. Each look is in the trail.
    Persons,
    /// To say that somebody moved in or out, is away, agreed.
    Households,
    /// To see how rules do, and what could not be read.
    Rules,
    /// To change the configuration that runs.
    Configure,
    Metrics,
    Accounts,
    Trail,
}

/// Right, then whether it is of an operator, a caseworker, an engineer, an administrator.
const TABLE: [(Right, [bool; 4]); 16] = {
    const YES: bool = true;
    const NO: bool = false;
    [
        (Right::Site, [YES, YES, YES, YES]),
        (Right::Building, [YES, NO, YES, YES]),
        (Right::BuildingIncidents, [YES, NO, YES, YES]),
        (Right::HomeIncidents, [YES, YES, NO, YES]),
        (Right::Handle, [YES, YES, NO, YES]),
        (Right::Declare, [YES, NO, NO, YES]),
        (Right::Devices, [YES, NO, YES, YES]),
        (Right::Homes, [YES, YES, NO, YES]),
        (Right::Trace, [NO, YES, NO, YES]),
        (Right::Persons, [NO, YES, NO, YES]),
        (Right::Households, [NO, YES, NO, YES]),
        (Right::Rules, [NO, NO, YES, YES]),
        (Right::Configure, [NO, NO, YES, YES]),
        (Right::Metrics, [NO, NO, YES, YES]),
        (Right::Accounts, [NO, NO, NO, YES]),
        (Right::Trail, [NO, NO, NO, YES]),
    ]
};

impl Right {
    #[must_use]
    pub fn is_of(self, role: Role) -> bool {
        let column = match role {
            Role::Operator => 0,
            Role::Caseworker => 1,
            Role::Engineer => 2,
            Role::Administrator => 3,
        };
        TABLE.iter().any(|(right, of)| *right == self && of[column])
    }

    /// The scope that a token needs for it; none: no token is enough.
    #[must_use]
    pub fn scope(self) -> Option<Scope> {
        match self {
            Self::Site
            | Self::Building
            | Self::BuildingIncidents
            | Self::HomeIncidents
            | Self::Devices
            | Self::Homes
            | Self::Rules => Some(Scope::Read),
            Self::Handle | Self::Declare | Self::Configure => Some(Scope::Command),
            Self::Trace | Self::Persons | Self::Households => Some(Scope::Residents),
            Self::Metrics => Some(Scope::Metrics),
            Self::Accounts | Self::Trail => None,
        }
    }
}
