//! What was vetted is what the client asks for: two readers of one URL see one host and one port.

use domain::address::EndpointUrl;
use http::Uri;
use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn the_client_reads_the_url_that_was_vetted(
        host in "[a-z0-9.-]{1,20}|[0-9a-fx.]{1,16}|\\[[0-9a-f:.]{2,20}\\]|[a-zä①。%0-9]{1,12}",
        port in "(:[0-9]{0,6})?",
        rest in "[/?#]?[!-~]{0,20}|[/?#]?\\PC{0,12}",
    ) {
        let all = Policy::new(vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()]).denying(Vec::new());
        for scheme in ["http", "https"] {
            let Ok(vetted) = EndpointUrl::parse(&format!("{scheme}://{host}{port}{rest}"), &all) else { continue };
            let asked: Uri = vetted.as_url().as_str().parse().unwrap();
            prop_assert_eq!(asked.host(), vetted.as_url().host_str(), "{}", vetted);
            prop_assert_eq!(asked.port_u16(), vetted.as_url().port(), "{}", vetted);
            prop_assert_eq!(asked.scheme_str(), Some(scheme), "{}", vetted);
        }
    }
}
