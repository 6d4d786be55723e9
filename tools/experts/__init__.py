"""Experts: models that score a picture without words. Know no product, calibration or verdict."""
