//! Which proofs come to which level: data, read once, and one pure function over it.
//!
//! Problem: whoever serves a customer asks "is this enough?", and the answer must be the same in a page, at the desk, in
//! the phone menu and for a program; a compliance officer must be able to read it. Design: a table of proofs and a table
//! of grants, as text in the program; an issuer's own text is taken only where no set of proofs reaches more than here,
//! which is tried out for every set there is. Why safe: a grant asks for proofs and never for their absence, so more
//! proofs never give less, and fewer never more; what is only a signal is in no grant.

use super::super::model::{Factor, Granted, Proof, ProofKind, Risk, Strength, Tries};
use kernel::{Channel, MINUTE_US, Timestamp};
use platform::access::{ABSOLUTE_US, Assurance, ProofAdvice, Role};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The policy in the program.
const DEFAULT: &str = include_str!("policy.toml");
/// An action's code must have so many bits (ASVS 5.0, 6.5.4).
const CODE_BITS_MIN: f64 = 20.0;
/// A code lives so many minutes at most (ASVS 5.0, 6.6.2).
const CODE_MINUTES_MAX: u32 = 10;

/// The whole policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    proofs: BTreeMap<ProofKind, ProofRule>,
    grants: Vec<Grant>,
    /// How many misses are borne.
    pub tries: Tries,
    /// Saying that one's phone is gone.
    pub emergency: Emergency,
    /// When wrong tries are an attack.
    pub alarms: Alarms,
    /// Codes by text message.
    pub codes: Codes,
    /// Codes by letter.
    pub recovery: Recovery,
}

/// What is said about one kind of proof.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofRule {
    /// What it shows.
    pub factor: Factor,
    /// How hard it is to come by.
    pub strength: Strength,
    /// How long it counts towards a level, minutes.
    pub life_minutes: u32,
    /// Where it is taken.
    pub channels: Vec<Channel>,
}

/// One way to a level.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The level, 1 to 3.
    pub level: u8,
    /// How long it holds after the older of its proofs, minutes; `None`: for the rest of the session.
    #[serde(default)]
    pub fresh_minutes: Option<u32>,
    /// One proof out of each list.
    pub needs: Vec<Vec<ProofKind>>,
}

/// Codes by text message.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// How many digits.
    pub digits: u32,
    /// How long one can be used, minutes.
    pub life_minutes: u32,
    /// How many are sent to one person in an hour.
    pub sends_per_hour_max: u32,
    /// How many in a day.
    pub sends_per_day_max: u32,
}

/// Saying that one's phone is gone.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// Cards that are frozen in an hour with nothing proved, over all.
    pub unproved_per_hour_max: u32,
    /// How often it can be said in a minute, over all.
    pub words_per_minute_max: u32,
}

/// When wrong tries are an attack.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarms {
    /// One value on so many people in a day.
    pub people_per_value: u32,
    /// So many people with a miss in a day.
    pub people_with_misses: u32,
}

/// Codes by letter or from a branch.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// How long one waits before it can be used, hours.
    pub delay_hours: u32,
    /// The same where there is another sign of risk.
    pub second_sign_delay_hours: u32,
    /// How long it can be used then, days.
    pub life_days: u32,
    /// How often it can be asked for within [`Self::asks_days`]: each ask begins the delay anew, and nobody may put a
    /// customer's recovery off for ever.
    pub asks_max: u32,
    /// Those days.
    pub asks_days: u32,
}

/// Why a text is no policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It is not of the form.
    #[error("the policy of proofs can't be read: {0}")]
    Form(#[from] toml::de::Error),
    /// It contradicts itself.
    #[error("the policy of proofs is not sound: {0}")]
    Unsound(&'static str),
    /// It allows what the policy in the program does not.
    #[error("the policy of proofs is weaker than the one in the program: {0}")]
    Weaker(String),
}

impl Grant {
    fn assurance(&self) -> Assurance {
        Assurance::from_level(i64::from(self.level)).unwrap_or_default()
    }

    fn fresh_us(&self) -> i64 {
        self.fresh_minutes.map_or(ABSOLUTE_US, |minutes| i64::from(minutes) * MINUTE_US)
    }
}

impl Policy {
    /// The policy in the program.
    ///
    /// # Errors
    /// Never in a program whose tests have run.
    pub fn built_in() -> Result<Self, PolicyError> {
        Self::read(DEFAULT)
    }

    /// An issuer's own, which is nowhere weaker than the one in the program.
    ///
    /// # Errors
    /// The text is no policy, contradicts itself, or allows more.
    pub fn of_issuer(text: &str) -> Result<Self, PolicyError> {
        let (own, base) = (Self::read(text)?, Self::built_in()?);
        own.no_weaker_than(&base)?;
        Ok(own)
    }

    fn read(text: &str) -> Result<Self, PolicyError> {
        let policy: Self = toml::from_str(text)?;
        policy.sound()?;
        Ok(policy)
    }

    fn sound(&self) -> Result<(), PolicyError> {
        let check = |good: bool, why| if good { Ok(()) } else { Err(PolicyError::Unsound(why)) };
        let all = ProofKind::ALL.iter().all(|kind| self.proofs.contains_key(kind));
        check(all, "each kind of proof has its own part")?;
        for grant in &self.grants {
            check((1..=3).contains(&grant.level), "a level is 1 to 3")?;
            check(
                !grant.needs.is_empty() && grant.needs.iter().all(|list| !list.is_empty()),
                "a grant needs proofs",
            )?;
            let signal = grant.needs.iter().flatten().any(|kind| self.strength(*kind) == Strength::Signal);
            check(!signal, "what is only a signal opens nothing")?;
        }
        let fact = self.strength(ProofKind::Fact) == Strength::Signal;
        check(fact, "an answer about facts is a signal and nothing more")?;
        let bits = f64::from(self.codes.digits) * 10_f64.log2();
        check(bits >= CODE_BITS_MIN && self.codes.digits <= 9, "a code has 7 to 9 digits")?;
        check((1..=CODE_MINUTES_MAX).contains(&self.codes.life_minutes), "a code lives 1 to 10 minutes")?;
        check(
            self.tries.misses_max >= 1 && self.tries.month_misses_max >= self.tries.misses_max,
            "a try is borne",
        )?;
        let delays = self.recovery.second_sign_delay_hours >= self.recovery.delay_hours;
        check(delays, "a second sign of risk does not shorten the delay of recovery")?;
        check(self.recovery.asks_max >= 1, "recovery can be asked for once at least")
    }

    fn no_weaker_than(&self, base: &Self) -> Result<(), PolicyError> {
        let check = |good: bool, what: String| if good { Ok(()) } else { Err(PolicyError::Weaker(what)) };
        for kind in ProofKind::ALL {
            let (Some(own), Some(given)) = (self.rule(*kind), base.rule(*kind)) else { continue };
            check(own.life_minutes <= given.life_minutes, format!("{kind} counts longer"))?;
            check(own.strength <= given.strength, format!("{kind} is called stronger"))?;
            let channels = own.channels.iter().all(|channel| given.channels.contains(channel));
            check(channels, format!("{kind} is taken on more channels"))?;
        }
        for set in 0..1_u32 << ProofKind::ALL.len() {
            let own = self.best_of_set(set);
            let given = base.best_of_set(set);
            for level in 1..=3 {
                let longer = own.get(level).unwrap_or(&0) > given.get(level).unwrap_or(&0);
                check(!longer, format!("{} reach {level}, or longer", words_of_set(set)))?;
            }
        }
        let (own, given) = (&self.tries, &base.tries);
        check(
            own.misses_max <= given.misses_max
                && own.month_misses_max <= given.month_misses_max
                && own.refused_hours >= given.refused_hours
                && own.month_days >= given.month_days,
            "more misses are borne".to_owned(),
        )?;
        let (own, given) = (&self.codes, &base.codes);
        check(
            own.digits >= given.digits
                && own.life_minutes <= given.life_minutes
                && own.sends_per_hour_max <= given.sends_per_hour_max
                && own.sends_per_day_max <= given.sends_per_day_max,
            "codes are shorter, live longer or are sent more often".to_owned(),
        )?;
        let (own, given) = (&self.alarms, &base.alarms);
        check(
            own.people_per_value <= given.people_per_value
                && own.people_with_misses <= given.people_with_misses
                && self.emergency.unproved_per_hour_max <= base.emergency.unproved_per_hour_max,
            "alarms come later, or more cards are frozen with nothing proved".to_owned(),
        )?;
        let (own, given) = (&self.recovery, &base.recovery);
        check(
            own.delay_hours >= given.delay_hours
                && own.second_sign_delay_hours >= given.second_sign_delay_hours
                && own.life_days <= given.life_days
                && own.asks_max <= given.asks_max
                && own.asks_days >= given.asks_days,
            "recovery is quicker, can be used longer, or asked for more often".to_owned(),
        )
    }

    /// How long each level (by its number) holds where exactly these kinds were proved, microseconds; 0: not at all.
    fn best_of_set(&self, set: u32) -> [i64; 4] {
        let proved = |kind: &ProofKind| {
            ProofKind::ALL.iter().position(|one| one == kind).is_some_and(|at| set & (1 << at) != 0)
        };
        let mut best = [0; 4];
        for grant in self.grants.iter().filter(|grant| grant.needs.iter().all(|list| list.iter().any(proved)))
        {
            // A grant of a level reaches those below it too.
            for holds in best.iter_mut().take(usize::from(grant.level) + 1) {
                *holds = grant.fresh_us().max(*holds);
            }
        }
        best
    }

    /// What is said about a kind.
    pub fn rule(&self, kind: ProofKind) -> Option<&ProofRule> {
        self.proofs.get(&kind)
    }

    /// How hard a kind is to come by.
    pub fn strength(&self, kind: ProofKind) -> Strength {
        self.rule(kind).map_or(Strength::Signal, |rule| rule.strength)
    }

    /// Every way to a level, as in the table.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// Whether a kind is taken on a channel.
    pub fn takes(&self, kind: ProofKind, channel: Channel) -> bool {
        self.rule(kind).is_some_and(|rule| rule.channels.contains(&channel))
    }

    /// What these proofs come to at `now`. A proof that lies ahead of `now` does not count: then the clock was set back.
    pub fn assurance(&self, proofs: &[Proof], now: Timestamp, risk: Risk) -> Granted {
        let mut granted = Granted { level: Assurance::NONE, until: now, lasting: Assurance::NONE };
        for grant in &self.grants {
            let level = grant.assurance();
            let ends = grant.needs.iter().map(|list| self.holds_until(list, grant, proofs, now, risk));
            let until = ends.reduce(|one, other| one.zip(other).map(|(one, other)| one.min(other))).flatten();
            let Some(until) = until else { continue };
            if (level, until) > (granted.level, granted.until) {
                (granted.level, granted.until) = (level, until);
            }
            if grant.fresh_minutes.is_none() {
                granted.lasting = granted.lasting.max(level);
            }
        }
        granted
    }

    /// Until when the best of the proofs that are in `list` serves a grant.
    fn holds_until(
        &self,
        list: &[ProofKind],
        grant: &Grant,
        proofs: &[Proof],
        now: Timestamp,
        risk: Risk,
    ) -> Option<Timestamp> {
        let serves = |proof: &&Proof| {
            let kind = proof.kind;
            list.contains(&kind) && self.takes(kind, proof.channel) && self.stands(kind, grant.level, risk)
        };
        let ends = proofs.iter().filter(serves).filter(|proof| proof.at <= now).filter_map(|proof| {
            let life = i64::from(self.rule(proof.kind)?.life_minutes) * MINUTE_US;
            let counts = now.since_us(proof.at) < life;
            let until = proof.at.plus_us(grant.fresh_us().min(life));
            (counts && until > now).then_some(until)
        });
        ends.max()
    }

    /// Whether a kind counts towards a level where there is something against the person.
    fn stands(&self, kind: ProofKind, level: u8, risk: Risk) -> bool {
        let least = match (level, risk) {
            (..=1, _) | (_, Risk::Usual) => Strength::Weak,
            (_, Risk::Raised) => Strength::Fair,
            (_, Risk::High) => Strength::Strong,
        };
        self.strength(kind) >= least
    }

    /// What would reach `needs` beside what was proved, each as the kinds that are still missing, best first.
    pub fn missing(&self, proved: &[ProofKind], needs: Assurance) -> Vec<Vec<ProofKind>> {
        let mut ways: Vec<Vec<ProofKind>> = Vec::new();
        for grant in self.grants.iter().filter(|grant| grant.assurance() >= needs) {
            let open = grant.needs.iter().filter(|list| !list.iter().any(|kind| proved.contains(kind)));
            let mut sets: Vec<Vec<ProofKind>> = vec![Vec::new()];
            for list in open {
                sets = sets
                    .iter()
                    .flat_map(|set| list.iter().map(move |kind| [set.as_slice(), &[*kind]].concat()))
                    .collect();
            }
            ways.append(&mut sets);
        }
        ways.sort_by_key(|way| (way.len(), way.clone()));
        ways.dedup();
        ways
    }
}

fn words_of_set(set: u32) -> String {
    let kinds = ProofKind::ALL.iter().enumerate().filter(|(at, _)| set & (1 << at) != 0);
    kinds.map(|(_, kind)| kind.word()).collect::<Vec<_>>().join(" and ")
}

impl ProofAdvice for Policy {
    fn for_level(&self, role: Role, needs: Assurance) -> String {
        let of_staff = [ProofKind::DevicePasskey, ProofKind::Passkey, ProofKind::StaffProvider];
        let offered = |way: &Vec<ProofKind>| {
            way.iter().all(|kind| {
                if role.is_staff() { of_staff.contains(kind) } else { *kind != ProofKind::StaffProvider }
            })
        };
        let ways = self.missing(&[], needs).into_iter().filter(offered);
        let words = ways.map(|way| way.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" with "));
        format!("Prove one of these: {}.", words.collect::<Vec<_>>().join(", "))
    }
}
