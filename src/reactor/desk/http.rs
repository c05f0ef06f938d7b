//! What is served over HTTP: metrics, health, readiness.

use super::{Desk, View};
use crate::expose::http::{Method, Parsed, Request, Response, Status, parse};
use crate::expose::metrics::Form;
use crate::expose::readiness::readiness;
use crate::model::Mono;
use crate::sys::clients::GuestId;

impl Desk {
    /// Answers one request; tells whether another may be waiting behind it.
    pub(super) fn serve_http(&mut self, now: Mono, id: GuestId, view: View<'_>) -> bool {
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
        let response =
            if crowded { Response::refusal(Status::Unavailable) } else { self.respond(&request, view) };
        let bytes = response.into_bytes(request.method, request.keep_alive);
        let Some(guest) = self.clients.guest(id) else { return false };
        guest.answer(now, &bytes);
        if !request.keep_alive {
            guest.leave();
        }
        !guest.inbox.is_empty()
    }

    fn respond(&self, request: &Request, view: View<'_>) -> Response {
        match request.path.as_str() {
            "/metrics" => {
                let form = Form::accepted(&request.accept);
                let body = self.metrics.render(&view(), form);
                Response { content_type: form.content_type(), ..Response::text(Status::Ok, body) }
            }
            // That this is answered at all is what it tells.
            "/healthz" => Response::text(Status::Ok, "ok\n"),
            "/readyz" => readiness(&view()),
            _ => Response::refusal(Status::NotFound),
        }
    }
}
