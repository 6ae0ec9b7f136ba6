"""The Model view: charts alone, of the chosen dimension."""

from explorer_fakes import FakeModel, fake_app, press, settle

from vae_tui.pictures.model import ModelPicture

SIZE = (120, 40)


async def test_arrows_choose_the_dimension_of_the_histogram():
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "7", "down", "down")
        assert app.request() == ModelPicture(5, "kl", "statistics")
        assert "z5: KL 0.62 nats, 3 of 8 by KL · 4 of 8 dimensions active" in app.caption
        await press(pilot, "o")
        assert app.request() == ModelPicture(5, "index", "statistics")
        assert app._picture._frame.placement.chart is not None


async def test_the_histogram_is_of_the_images_once_they_are_encoded():
    app = fake_app(studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "7")
        while app.facts.survey is None:
            await pilot.pause()
        await settle(pilot)
        assert app.request().histogram == "images"
        assert "a draw for each of all 64 test images" in app.caption


async def test_keys_that_mean_nothing_here_say_so():
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "7")
        for key, said in (("right", "value"), ("tab", "cursor"), ("plus", "zoom"), ("r", "seed")):
            before = app.state
            await pilot.press(key)
            assert app.message == f"Model has no {said}"
            assert app.state == before


async def test_a_model_without_statistics_history_or_images_is_said():
    model = FakeModel(statistics=False, num_images=0)
    app = fake_app(model)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "7", "down")
        shown = " ".join(" ".join(label.text for label in app._picture._frame.placement.labels).split())
        assert "No KL of the dimensions" in shown
        assert "No histogram of z1" in shown
