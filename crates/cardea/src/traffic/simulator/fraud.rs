//! Five fraud patterns.
//!
//! | pattern | what is seen |
//! |---|---|
//! | card testing | a dozen payments of about a yuan on the net within minutes, some with a wrong CVV2, then large ones |
//! | lost-card spree | taps without a PIN from shop to shop for two hours, amounts rising to the tap limit |
//! | account takeover | at night, merchants never seen before, large amounts, every secret right |
//! | merchant compromise | cards used at one shop in one month are misused in the next, by stripe and on the net |
//! | travel | the stripe of a copy is read far away shortly after the owner paid at home |
//!
//! Each is drawn by person and day from a stream of its own, so that turning one off moves no other payment.

use super::chance::{Chance, Purpose};
use super::day::PersonDay;
use super::habits::BLOCK_DAYS;
use super::planned::{Planned, Typed};
use super::world::{MINUTE_US, World};
use crate::traffic::event::{Label, Scenario};

/// How often each pattern begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FraudRates {
    /// Bursts in a million days of a person.
    pub card_testing: u32,
    pub lost_card_spree: u32,
    pub account_takeover: u32,
    pub travel: u32,
    /// Of a million regular customers of the month's compromised shop, how many are misused in the next month.
    pub merchant_compromise: u32,
}

impl FraudRates {
    /// Roughly one payment in a hundred is fraud: more than in life, so that a demo shows some within minutes.
    pub const USUAL: Self = Self {
        card_testing: 700,
        lost_card_spree: 500,
        account_takeover: 500,
        travel: 600,
        merchant_compromise: 300_000,
    };
    pub const NONE: Self =
        Self { card_testing: 0, lost_card_spree: 0, account_takeover: 0, travel: 0, merchant_compromise: 0 };
}

impl PersonDay<'_> {
    /// The fraudulent payments that begin on this day, times set, tickets not.
    pub(super) fn fraud(&self, rates: &FraudRates, ordinary: &[Planned]) -> Vec<Planned> {
        let mut payments = Vec::new();
        let key = self.key();
        let mut chance = Chance::of(self.seed, Purpose::Fraud, key, self.day.number.unsigned_abs());
        let (testing, spree) =
            (chance.per_million(rates.card_testing), chance.per_million(rates.lost_card_spree));
        let (takeover, travel) =
            (chance.per_million(rates.account_takeover), chance.per_million(rates.travel));
        let misused = self.misused_after_compromise(rates.merchant_compromise);
        let begun = [
            (testing, Scenario::CardTesting),
            (spree, Scenario::LostCardSpree),
            (takeover, Scenario::AccountTakeover),
            (misused, Scenario::MerchantCompromise),
            (travel, Scenario::Travel),
        ];
        for (begins, scenario) in begun {
            if !begins {
                continue;
            }
            let burst = match scenario {
                Scenario::CardTesting => self.card_testing(&mut chance),
                Scenario::LostCardSpree => self.lost_card_spree(&mut chance),
                Scenario::AccountTakeover => self.account_takeover(&mut chance),
                Scenario::MerchantCompromise => self.after_compromise(&mut chance),
                Scenario::Travel => self.travel(ordinary, &mut chance),
                Scenario::Imported(_) => Vec::new(),
            };
            let label = Label { fraud: Some(scenario), expected: None };
            payments.extend(burst.into_iter().map(|payment| Planned { label, ..payment }));
        }
        payments
    }

    fn pay(&self, shop: Option<usize>, at_us: i64, cny_minor: i64) -> Option<Planned> {
        Planned::purchase(self.world, self.person, shop?, at_us, cny_minor)
    }

    fn strange_net_shop(&self, classes: &[&str], chance: &mut Chance) -> Option<usize> {
        let class = chance.pick(classes)?;
        chance.pick(self.world.net(class)).copied()
    }

    fn card_testing(&self, chance: &mut Chance) -> Vec<Planned> {
        let mut at_us = self.at(self.habits.city, (0, 23 * 60), chance);
        let mut burst = Vec::new();
        for _ in 0..chance.between(6, 14) {
            let shop = self.strange_net_shop(&["digital", "charity", "online_retail", "books"], chance);
            let guessed = chance.per_mille(350);
            let payment = self.pay(shop, at_us, chance.between(10, 990));
            burst.extend(
                payment.map(|p| Planned { cvv2: if guessed { Typed::Wrong } else { Typed::Right }, ..p }),
            );
            at_us += chance.between(8, 90) * 1_000_000;
        }
        for _ in 0..chance.between(1, 3) {
            at_us += chance.between(3, 25) * MINUTE_US;
            let shop = self.strange_net_shop(&["electronics", "quasi_cash", "online_retail"], chance);
            burst.extend(self.pay(shop, at_us, chance.between(180_000, 950_000)));
        }
        burst
    }

    fn lost_card_spree(&self, chance: &mut Chance) -> Vec<Planned> {
        let mut at_us = self.at(self.city(), (10 * 60, 20 * 60), chance);
        let mut burst = Vec::new();
        for step in 0..chance.between(6, 13) {
            let classes = ["grocery", "electronics", "clothing", "department", "quick_food", "jewellery"];
            let class = chance.pick(&classes).copied().unwrap_or("grocery");
            let shop = chance.pick(self.world.local(self.city(), class)).copied();
            let floor = (step * 7_000).min(70_000);
            let payment = self.pay(shop, at_us, chance.between(6_000 + floor, 99_900));
            burst.extend(payment.map(Planned::tapped));
            at_us += chance.between(3, 16) * MINUTE_US;
        }
        burst
    }

    fn account_takeover(&self, chance: &mut Chance) -> Vec<Planned> {
        let mut at_us = self.at(self.habits.city, (30, 4 * 60), chance);
        let mut burst = Vec::new();
        for _ in 0..chance.between(3, 6) {
            let shop = self.strange_net_shop(
                &["electronics", "quasi_cash", "airline", "clothing", "quasi_cash"],
                chance,
            );
            burst.extend(self.pay(shop, at_us, chance.between(300_000, 1_600_000)));
            at_us += chance.between(4, 45) * MINUTE_US;
        }
        burst
    }

    /// Whether the card of a regular customer of last block's compromised shop is misused on this very day.
    fn misused_after_compromise(&self, rate: u32) -> bool {
        let block = self.day.number.div_euclid(BLOCK_DAYS);
        let key = self.key();
        let mut chance = Chance::of(self.seed, Purpose::Victim, key, block.unsigned_abs());
        let victim = chance.per_million(rate);
        let on_day = block * BLOCK_DAYS + chance.between(0, BLOCK_DAYS - 1);
        let shop = || compromised_shop(self.world, self.seed, block - 1);
        victim
            && on_day == self.day.number
            && shop().is_some_and(|shop| self.habits.favourites.contains(&shop))
    }

    fn after_compromise(&self, chance: &mut Chance) -> Vec<Planned> {
        let mut at_us = self.at(self.habits.city, (60, 22 * 60), chance);
        let mut burst = Vec::new();
        for _ in 0..chance.between(2, 5) {
            let on_net = chance.per_mille(600);
            let payment = if on_net {
                let shop = self
                    .strange_net_shop(&["electronics", "online_retail", "quasi_cash", "clothing"], chance);
                self.pay(shop, at_us, chance.between(40_000, 420_000))
            } else {
                let shop = chance.pick(self.world.local(self.habits.city, "department")).copied();
                self.pay(shop, at_us, chance.between(50_000, 300_000)).map(Planned::swiped)
            };
            burst.extend(payment.map(|p| if on_net { Planned { cvv2: Typed::Nothing, ..p } } else { p }));
            at_us += chance.between(10, 180) * MINUTE_US;
        }
        burst
    }

    fn travel(&self, ordinary: &[Planned], chance: &mut Chance) -> Vec<Planned> {
        let seen = ordinary.iter().filter(|p| p.channel.card_present()).map(|p| p.at_us).min();
        let noon_us = self.at(self.city(), (12 * 60, 13 * 60), chance);
        let mut at_us = seen.unwrap_or(noon_us) + chance.between(15, 80) * MINUTE_US;
        let far = ["NYC", "LON", "PAR", "LAX", "BKK", "SIN"];
        let Some(city) =
            chance.pick(&far).and_then(|id| self.world.city_index(id)).filter(|c| *c != self.city())
        else {
            return Vec::new();
        };
        let mut burst = Vec::new();
        for _ in 0..chance.between(2, 5) {
            let class = chance.pick(&["department", "electronics", "jewellery", "clothing"]).copied();
            let shop = class.and_then(|class| chance.pick(self.world.local(city, class)).copied());
            burst.extend(self.pay(shop, at_us, chance.between(90_000, 780_000)).map(Planned::swiped));
            at_us += chance.between(6, 40) * MINUTE_US;
        }
        burst
    }
}

/// The shop that was compromised in a block: one of the home city where many people pay.
pub(super) fn compromised_shop(world: &World, seed: u64, block: i64) -> Option<usize> {
    let mut chance = Chance::of(seed, Purpose::Compromise, block.unsigned_abs(), 0);
    let class = chance.pick(&["restaurant", "grocery", "quick_food", "fuel"]).copied()?;
    let city = world.home_city().and_then(|city| world.city_index(&city.id))?;
    chance.pick(world.local(city, class)).copied()
}
