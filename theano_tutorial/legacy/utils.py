"""The `utils` of the deep learning tutorials, for scripts without one beside them."""

from theano_tutorial.plots import tile_raster_images as tile_raster_images
