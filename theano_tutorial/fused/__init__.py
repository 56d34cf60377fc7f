"""Operations that a rewrite puts in the place of what a tutorial wrote naively."""
