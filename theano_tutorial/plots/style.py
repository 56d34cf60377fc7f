"""Colours of the Okabe-Ito palette, which colour-blind readers can tell apart."""

BLACK = "#000000"
BLUE = "#0072B2"
SKY = "#56B4E9"
GREEN = "#009E73"
ORANGE = "#D55E00"
PURPLE = "#CC79A7"
