"""What may be typed: one marshmallow schema a form, one file a feature."""
