"""HTTP: REST v1 and the customer's page. Sends signals and queries; never decides a business rule."""
