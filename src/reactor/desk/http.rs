//! What is served over HTTP: metrics, health, readiness, the page.

use super::greatest::with_top;
use super::{Desk, View};
use crate::engine::Engine;
use crate::expose::http::{Method, Parsed, Request, Response, Status, parse};
use crate::expose::metrics::{Agent, Form};
use crate::expose::page::{self, MOST_RECORDS};
use crate::expose::readiness::readiness;
use crate::model::Mono;
use crate::model::snapshot::Snapshot;
use crate::sys::clients::{GuestId, Hall};
use crate::sys::clock;
use std::rc::Rc;

impl Desk {
    /// Answers one request; tells whether another may be waiting behind it.
    pub(super) fn serve_http(&mut self, now: Mono, id: GuestId, engine: &Engine, view: View<'_>) -> bool {
        let crowded = self.clients.is_crowded(now);
        let Some(guest) = self.clients.guest(id) else { return false };
        let (request, length) = match parse(&guest.inbox) {
            Parsed::Partial => return false,
            Parsed::Complete(request, length) => (request, length),
            Parsed::Refused(status) => {
                guest.answer(now, &Response::refusal(status).into_bytes(Method::Get, false));
                guest.leave();
                return false;
            }
        };
        guest.understood(length);
        let response = if crowded {
            Response::refusal(Status::Unavailable)
        } else {
            self.respond(now, &request, engine, view)
        };
        let bytes = response.into_bytes(request.method, request.keep_alive);
        let Some(guest) = self.clients.guest(id) else { return false };
        guest.answer(now, &bytes);
        if !request.keep_alive {
            guest.leave();
        }
        !guest.inbox.is_empty()
    }

    fn respond(&mut self, now: Mono, request: &Request, engine: &Engine, view: View<'_>) -> Response {
        match request.path.as_str() {
            "/" => self.show_page(now, Rc::unwrap_or_clone(view()), true),
            "/still" => self.show_page(now, Rc::unwrap_or_clone(view()), false),
            "/metrics" => {
                let form = Form::accepted(&request.accept);
                let body = self.scrape(now, engine, form);
                Response { content_type: form.content_type(), ..Response::text(Status::Ok, body) }
            }
            // That this is answered at all is what it tells.
            "/healthz" => Response::text(Status::Ok, "ok\n"),
            "/readyz" => readiness(&view()),
            _ => Response::refusal(Status::NotFound),
        }
    }

    fn scrape(&mut self, now: Mono, engine: &Engine, form: Form) -> String {
        let few = engine.overview(clock::now(), self.metering.most());
        let few = with_top(few, self.greatest.latest(), engine);
        let snapshot = self.measured(now, few);
        let agent = Agent {
            own: self.own.read(),
            http_clients: self.clients.connected(Hall::Http),
            control_clients: self.clients.connected(Hall::Control),
            clients_dropped: self.clients.dropped(),
            log_lines_dropped: self.log_lines_dropped,
        };
        self.metrics.render(snapshot, agent, form)
    }

    fn show_page(&mut self, now: Mono, snapshot: Snapshot, renewed: bool) -> Response {
        let snapshot = self.measured(now, snapshot);
        let behind = self.history.last().saturating_sub(MOST_RECORDS);
        self.page.show(&page::View {
            snapshot: &snapshot,
            distributions: &self.metrics.distributions(),
            records: self.history.since(behind).lines,
            renewed,
        })
    }
}
