"""An epoch's figures as lines of text, 80 columns at most."""

from vae_tui.summary import EpochMetrics

EPOCH_HEADER = (
    f"{'epoch':>7} {'loss':>9} {'error':>9} {'KL':>8} {'test loss':>10} {'active':>7} {'images/s':>9} {'s':>7}"
)


def epoch_line(metrics: EpochMetrics, epochs: int, is_best: bool) -> str:
    """An epoch's figures under EPOCH_HEADER, 80 columns at most."""
    width = len(str(epochs))
    test = "-" if metrics.test_loss is None else f"{metrics.test_loss:.2f}"
    return (
        f"{f'{metrics.epoch:{width}}/{epochs}':>7} {metrics.loss:9.2f} {metrics.reconstruction:9.2f} {metrics.kl:8.2f} "
        f"{test:>10} {metrics.active_units:7} {metrics.images_per_s:9,.0f} {metrics.seconds:7.1f}"
        f"{' best' if is_best else ''}"
    )


TABLE_HEADER = (
    f"{'':4} {'epoch':>5} {'loss':>9} {'error':>9} {'KL':>8} "
    f"{'test loss':>10} {'test error':>10} {'test KL':>8} {'active':>6}"
)


def table_line(name: str, metrics: EpochMetrics) -> str:
    """An epoch's figures under TABLE_HEADER, 80 columns at most."""
    tests = (metrics.test_loss, metrics.test_reconstruction, metrics.test_kl)
    held_out = ["-" if value is None else f"{value:.2f}" for value in tests]
    return (
        f"{name:4} {metrics.epoch:5} {metrics.loss:9.2f} {metrics.reconstruction:9.2f} {metrics.kl:8.2f} "
        f"{held_out[0]:>10} {held_out[1]:>10} {held_out[2]:>8} {metrics.active_units:6}"
    )
