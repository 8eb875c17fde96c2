//! What the service answered, held against what its OpenAPI document says it answers: route, status, headers, type and
//! body, to the letter; and what it took, against what the document says it takes.
//!
//! The journeys' clients bring every exchange here, so no journey has to mind. Promises: an answer with a member that
//! the document does not name is refused, and so is a problem of a kind that it does not list for the operation.

mod exchange;
mod operation;
mod schema;

use std::sync::LazyLock;

pub use exchange::Exchange;
use operation::operations;
pub use operation::{Content, Operation};
use reqwest::Method;
use schema::Schemas;
use serde_json::Value;

const BASE: &str = "/api/v1/";
/// The document itself, and the page that shows it.
const NOT_OPERATIONS: [&str; 2] = ["/api/v1/openapi.json", "/api/v1/docs"];

/// The document, read for looking up and comparing.
pub struct Contract {
    pub document: Value,
    pub operations: Vec<Operation>,
    /// What is answered where there is no operation.
    problem: Content,
}

/// The contract of this build.
pub fn contract() -> &'static Contract {
    static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::of(hookyard::api::openapi()));
    &CONTRACT
}

/// Panics where an exchange is not as the document says. Answers with the operation that was asked, if it is one.
#[track_caller]
pub fn check(exchange: &Exchange<'_>) -> Option<&'static Operation> {
    match contract().judge(exchange) {
        Ok(operation) => operation,
        Err(why) => panic!("{exchange}\nis not as the OpenAPI document says: {why}"),
    }
}

impl Contract {
    fn of(document: utoipa::openapi::OpenApi) -> Self {
        let document = serde_json::to_value(document).expect("it is JSON");
        let schemas = Schemas::of(&document);
        let problem = Content::closed(&schemas, &serde_json::json!({"$ref": "#/components/schemas/Problem"}));
        Self { operations: operations(&document, &schemas), problem, document }
    }

    /// The operation that was asked, or why the exchange is not as it should be.
    pub fn judge(&self, exchange: &Exchange<'_>) -> Result<Option<&Operation>, String> {
        let path = exchange.path();
        if !path.starts_with(BASE) || NOT_OPERATIONS.iter().any(|page| path.starts_with(page)) {
            return Ok(None);
        }
        match self.find(exchange.method, path) {
            Some(operation) => operation.judge(exchange).map(|()| Some(operation)),
            None => self.judge_elsewhere(exchange).map(|()| None),
        }
    }

    /// As the router finds it: the path first, a literal one before a template, and then the method.
    fn find(&self, method: &Method, path: &str) -> Option<&Operation> {
        let of_path = self.operations.iter().filter(|operation| operation.is_at(path));
        let closest = of_path.clone().map(Operation::placeholders).min()?;
        of_path
            .filter(|operation| operation.placeholders() == closest)
            .find(|operation| operation.method == *method)
    }

    /// A schema of the document, closed.
    pub fn schema(&self, name: &str) -> Content {
        let reference = serde_json::json!({"$ref": format!("#/components/schemas/{name}")});
        Content::closed(&Schemas::of(&self.document), &reference)
    }

    fn judge_elsewhere(&self, exchange: &Exchange<'_>) -> Result<(), String> {
        if ![404, 405].contains(&exchange.status) {
            return Err("it has no such operation".to_owned());
        }
        exchange.is_of_type("application/problem+json")?;
        self.problem.holds(exchange.body)
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};
    use serde_json::json;

    use super::*;

    fn judge(call: &str, status: u16, body: &Value, sent: Option<&Value>) -> Result<(), String> {
        let (method, target) = call.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let media = if status < 400 { "application/json" } else { "application/problem+json" };
        let mut headers = HeaderMap::from_iter([
            ("content-type".parse().unwrap(), HeaderValue::from_static(media)),
            ("x-request-id".parse().unwrap(), HeaderValue::from_static("req_1")),
        ]);
        if status == 201 {
            headers.insert("location", HeaderValue::from_static("/api/v1/tenants/acme"));
        }
        if status < 400 {
            headers.insert("etag", HeaderValue::from_static("\"17\""));
        }
        let sent = sent.map(Value::to_string);
        let (body, target) = (body.to_string(), format!("/api/v1{target}"));
        let exchange = Exchange {
            method: &method,
            target: &target,
            sent: sent.as_ref().map(|sent| ("application/json", sent.as_bytes())),
            has_attributes: false,
            status,
            headers: &headers,
            body: body.as_bytes(),
        };
        contract().judge(&exchange).map(|_| ())
    }

    fn tenant() -> Value {
        let at = "2026-01-02T03:04:05.678Z";
        json!({"id": "acme", "name": "Acme", "maxDeliveriesPerSecond": null, "maxEndpoints": 3,
            "maxEndpointsPerUser": null, "paused": false, "createdAt": at, "updatedAt": at})
    }

    #[track_caller]
    fn assert_refused(judged: Result<(), String>, why: &str) {
        let found = judged.expect_err("it is refused");
        assert!(found.contains(why), "{found}");
    }

    #[test]
    fn what_fits_passes() {
        assert_eq!(judge("GET /tenants/acme", 200, &tenant(), None), Ok(()));
        let wanted = json!({"name": "Acme"});
        assert_eq!(judge("POST /tenants", 201, &tenant(), Some(&wanted)), Ok(()));
        let page = json!({"items": [tenant()], "nextCursor": null});
        assert_eq!(judge("GET /tenants?limit=7&cursor=", 200, &page, None), Ok(()));
    }

    #[test]
    fn a_member_too_many_or_too_few_is_refused() {
        let with = |name: &str, value: Value| {
            let mut tenant = tenant();
            tenant[name] = value;
            tenant
        };
        assert_refused(judge("GET /tenants/acme", 200, &with("colourful", json!(false)), None), "colourful");
        assert_refused(
            judge("GET /tenants/acme", 200, &with("createdAt", json!("today")), None),
            "createdAt",
        );
        let page = json!({"items": [with("colourful", json!(false))], "nextCursor": null});
        assert_refused(judge("GET /tenants", 200, &page, None), "colourful");
        assert_refused(judge("GET /tenants", 200, &json!({"items": []}), None), "nextCursor");
    }

    #[test]
    fn an_answer_that_is_not_declared_is_refused() {
        assert_refused(judge("GET /tenants/acme", 202, &tenant(), None), "202");
        assert_refused(judge("PUT /tenants/acme", 200, &tenant(), None), "no such operation");
        let problem = |slug: &str, status: u16| json!({"type": format!("/problems/{slug}"), "title": "t", "status": status, "detail": "d", "requestId": "req_1"});
        assert_eq!(judge("GET /tenants/acme", 404, &problem("not-found", 404), None), Ok(()));
        assert_refused(judge("GET /tenants/acme", 404, &problem("not-found", 400), None), "status");
        assert_refused(
            judge("GET /tenants/acme", 404, &problem("tenant-exists", 404), None),
            "tenant-exists",
        );
        // Without WWW-Authenticate.
        assert_refused(
            judge("GET /tenants/acme", 401, &problem("unauthorized", 401), None),
            "www-authenticate",
        );
        assert_eq!(judge("GET /nowhere", 404, &problem("not-found", 404), None), Ok(()));
        assert_refused(judge("GET /nowhere", 404, &json!({"error": "none"}), None), "error");
    }

    #[test]
    fn what_was_taken_without_being_declared_is_refused() {
        let wanted = json!({"name": "Acme", "colourful": true});
        assert_refused(judge("POST /tenants", 201, &tenant(), Some(&wanted)), "colourful");
        assert_refused(judge("POST /tenants", 201, &tenant(), None), "without a body");
        let page = json!({"items": [], "nextCursor": null});
        assert_refused(judge("GET /tenants?limit=251", 200, &page, None), "limit");
        assert_refused(judge("GET /tenants?colour=red", 200, &page, None), "colour");
    }

    #[test]
    fn parts_of_one_body_are_closed_as_a_whole() {
        let mut endpoint = contract().document["components"]["schemas"]["Endpoint"]["examples"][0].clone();
        let wanted = json!({});
        endpoint["secret"] = json!("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        let rotate = "POST /webhooks/ep_01h455vb4pex5vsknk084sn02q/rotate-secret";
        assert_eq!(judge(rotate, 200, &endpoint, Some(&wanted)), Ok(()));
        endpoint["secrets"] = json!(2);
        assert_refused(judge(rotate, 200, &endpoint, Some(&wanted)), "secrets");
        let shown = "GET /webhooks/ep_01h455vb4pex5vsknk084sn02q";
        endpoint.as_object_mut().unwrap().remove("secrets");
        assert_refused(judge(shown, 200, &endpoint, None), "secret");
    }
}
