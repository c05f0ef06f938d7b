//! `/readyz`: whether the service does what it is there for, and if not why.

use super::http::{Response, Status};
use crate::model::health::Health;
use crate::model::snapshot::{GovernanceView, Phase, Snapshot};
use serde_json::json;

pub fn readiness(snapshot: &Snapshot) -> Response {
    let mut reasons: Vec<_> = snapshot
        .health
        .reasons
        .iter()
        .map(|reason| json!({ "reason": reason.name(), "text": reason.to_string() }))
        .collect();
    let phase = (snapshot.phase != Phase::Running).then(|| snapshot.phase.name());
    if let Some(phase) = phase {
        reasons.insert(0, json!({ "reason": phase, "text": format!("the service is {phase}") }));
    }
    let governs = !matches!(snapshot.governance, GovernanceView::Unavailable { .. });
    let ready = phase.is_none() && governs && snapshot.health.level != Health::Unhealthy;
    let body = json!({ "ready": ready, "health": snapshot.health.level.name(), "reasons": reasons });
    Response::json(if ready { Status::Ok } else { Status::Unavailable }, format!("{body}\n"))
}
