//! The routes of Tratta.

use crate::http::problem;
use crate::http::route::{Dialect, Route};

/// Tratta at its base path.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "tratta",
    about: "Customers, locations and bulk imports as the Tratta v1 pages have them.",
    routes: ROUTES,
    secrets: &[],
    refuse: problem::refuse,
    refusal: (problem::PROBLEM, |generator| generator.subschema_for::<problem::Problem<'_>>()),
};

const ROUTES: &[Route] = &[];
