"""What has changed from one version to another: found, and told as data, as text and to a customer."""
