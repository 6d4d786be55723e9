"""Files to pictures and pictures to views. Knows no product, expert or mind."""

from tools.assets.files import DEFAULT_MAX_PIXELS, open_picture
from tools.assets.picture import Picture
from tools.assets.views import next_view_id, render_view

__all__ = ["DEFAULT_MAX_PIXELS", "Picture", "next_view_id", "open_picture", "render_view"]
