"""Where a drawing's tiles and labels go on a canvas of cells: pure, so that every size can be tested unseen."""
