//! How alerts come to be: from events of the engine, and from figures.

use super::super::{
    error::MonitoringError,
    events,
    model::{AlertId, Hit, NewAlert, Raised, group_of},
    store,
};
use crate::authorizations::{self, AuthorizationRow, Policy};
use decision::{DecisionRecord, RuleSet};
use kernel::{Actor, AuthorizationId, Channel, Timestamp};
use platform::{
    audit::Entry,
    db::Db,
    outbox::{Consumer, Delivery},
};
use std::sync::Arc;

/// Letters of a merchant's name that are kept.
const MERCHANT_CHARS_MAX: usize = 60;

/// The consumers of this feature, for the relay of events.
pub fn consumers(db: &Db, policy: &Arc<Policy>) -> Vec<Consumer> {
    let (db, policy) = (db.clone(), Arc::clone(policy));
    vec![Consumer {
        topic: authorizations::ALERTED,
        take: Arc::new(move |delivery| {
            let (db, policy) = (db.clone(), Arc::clone(&policy));
            Box::pin(async move {
                match take_delivery(&db, &policy, &delivery).await {
                    Ok(()) => Ok(()),
                    Err(MonitoringError::Db(error)) => Err(error),
                    // It will not be readable next time either; the relay must go on.
                    Err(error) => {
                        tracing::error!(object = %delivery.object, %error, "an alert could not be opened");
                        Ok(())
                    }
                }
            })
        }),
    }]
}

async fn take_delivery(db: &Db, policy: &Policy, delivery: &Delivery) -> Result<(), MonitoringError> {
    let id: AuthorizationId = delivery.object.parse().map_err(|_| MonitoringError::Absent)?;
    let row = authorizations::authorization(db, id).await?.ok_or(MonitoringError::Absent)?;
    let new = alert_of(db, policy, &row, delivery.at).await?;
    raise(db, &new).await.map(drop)
}

/// What a record that an analyst should look at amounts to.
async fn alert_of(
    db: &Db,
    policy: &Policy,
    row: &AuthorizationRow,
    at: Timestamp,
) -> Result<NewAlert, MonitoringError> {
    let record = DecisionRecord::decode(&row.facts.decision).ok();
    let version = record.as_ref().and_then(|record| record.rules);
    let index = record.as_ref().and_then(|record| {
        let verdict = &record.verdict;
        verdict.decisive.or_else(|| verdict.hits.as_slice().first().copied())
    });
    let live = &policy.rules;
    // Rules may have been changed between the decision and now: its own set is asked.
    let older = match version.filter(|version| *version != live.version()) {
        Some(version) => authorizations::rule_set_text(db, &version.to_string())
            .await?
            .and_then(|text| RuleSet::compile(&text).ok()),
        None => None,
    };
    let rules = older.as_ref().unwrap_or(live);
    let rule = index.and_then(|index| rules.rule(index));
    let reason = rule.map(|rule| rule.reason);
    let id = rule.map_or("", |rule| rule.id.as_str());
    let site = &row.facts.site;
    let name = if site.name.trim().is_empty() { &site.merchant } else { &site.name };
    let merchant: String = name.trim().chars().take(MERCHANT_CHARS_MAX).collect();
    let (kind, group) = group_of(reason, id, site.merchant.trim(), row.account);
    Ok(NewAlert {
        group,
        kind,
        rule: id.to_owned(),
        reason: reason.map_or("", decision::Reason::as_str).to_owned(),
        account: if kind == super::super::model::AlertKind::Account { row.account } else { 0 },
        merchant,
        at,
        hit: Some(Hit {
            authorization: row.id,
            account: row.account,
            at: Timestamp::from_us(row.at),
            minor: row.billing_minor,
            passed: row.reason.is_approval(),
        }),
        worst: 0,
        bound: 0,
    })
}

/// Opens an alert or adds to the open one of its group; a payment is counted once, however often it comes.
pub async fn raise(db: &Db, new: &NewAlert) -> Result<Raised, MonitoringError> {
    let mut write = db.write().await?;
    let open = store::find_open_in_tx(&mut write, &new.group).await?;
    let id = open.unwrap_or_else(|| AlertId::from_raw(write.next_id()));
    if let Some(hit) = &new.hit
        && !store::add_hit_in_tx(&mut write, id, hit).await?
    {
        write.rollback().await?;
        return Ok(Raised::AlreadyCounted);
    }
    let (raised, act) = match open {
        Some(id) => {
            store::grow_alert_in_tx(&mut write, id, new).await?;
            (Raised::Joined(id), events::ALERT_JOINED)
        }
        None => {
            store::insert_alert_in_tx(&mut write, id, new).await?;
            (Raised::Opened(id), events::ALERT_OPENED)
        }
    };
    let authorization = new.hit.map(|hit| AuthorizationId::from_raw(hit.authorization));
    let detail = serde_json::json!({ "rule": new.rule, "authorization": authorization, "worst": new.worst });
    let entry = Entry::new(Actor::System, Channel::Job, act).subject(id).detail(detail);
    let account = new.hit.map_or(new.account, |hit| hit.account);
    write.commit(super::concerning(entry, &[account])).await?;
    Ok(raised)
}
