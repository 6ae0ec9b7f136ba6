"""Principal components, against NumPy's singular value decomposition."""

import numpy as np
import pytest

from vae_tui.principal import Principal


def stretched(num, latent_dim, seed=0):
    """Latents whose dimensions vary by different amounts, turned at random."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.standard_normal((latent_dim, latent_dim)))
    cloud = rng.standard_normal((num, latent_dim)) * np.geomspace(1, 0.01, latent_dim)
    return (cloud @ turn + 3).astype(np.float32)


@pytest.mark.parametrize(
    ("num", "latent_dim"), [(8, 4), (8, 1024), (300, 5), (200, 100), (100, 100), (101, 100), (2, 4), (30, 1)]
)
def test_they_are_the_singular_vectors_of_the_centred_latents(num, latent_dim):
    latents = stretched(num, latent_dim).astype(np.float64)
    _, singular, directions = np.linalg.svd(latents - latents.mean(0), full_matrices=False)
    principal = Principal.of(latents.astype(np.float32))
    kept = min(num - 1, latent_dim, 64)
    assert principal.components_KZ.shape == (kept, latent_dim)
    agreement_K = np.abs((principal.components_KZ * directions[:kept]).sum(1))
    np.testing.assert_allclose(agreement_K, 1, atol=1e-4)
    np.testing.assert_allclose(principal.std_K, singular[:kept] / np.sqrt(num), rtol=1e-4)
    np.testing.assert_allclose(principal.explained_K, singular[:kept] ** 2 / (singular**2).sum(), rtol=1e-3)
    np.testing.assert_allclose(principal.mean_Z, latents.mean(0), rtol=1e-5)


@pytest.mark.parametrize(("num", "latent_dim"), [(8, 1024), (500, 12)])
def test_they_are_orthonormal_and_their_signs_fixed(num, latent_dim):
    latents = stretched(num, latent_dim)
    components = Principal.of(latents).components_KZ
    np.testing.assert_allclose(components @ components.T, np.eye(len(components)), atol=1e-5)
    for row in components:
        assert row[np.abs(row).argmax()] > 0
    np.testing.assert_array_equal(Principal.of(latents[:]).components_KZ, components)


@pytest.mark.parametrize(("num", "latent_dim"), [(8, 4), (8, 1024), (4, 4), (1, 4)])
def test_equal_latents_have_directions_along_which_nothing_varies(num, latent_dim):
    principal = Principal.of(np.full((num, latent_dim), 0.1, np.float32))
    components = principal.components_KZ
    np.testing.assert_allclose(components @ components.T, np.eye(len(components)), atol=1e-6)
    assert np.abs(principal.std_K).max(initial=0) < 1e-6
    assert principal.explained_K.max(initial=0) <= 1
    assert np.isfinite(principal.explained_K).all()
    np.testing.assert_allclose(principal.mean_Z, 0.1, rtol=1e-6)


def test_a_projection_leads_back_to_the_latent():
    latents = stretched(50, 6)
    principal = Principal.of(latents)
    coordinates = principal.project(latents)
    assert coordinates.shape == (50, 6)
    np.testing.assert_allclose(coordinates.std(0), principal.std_K, rtol=1e-4)
    np.testing.assert_allclose(principal.latent(coordinates), latents, atol=1e-5)


def test_two_coordinates_give_the_latent_on_that_plane():
    latents = stretched(50, 6)
    principal = Principal.of(latents)
    point_Z = principal.latent(np.float32([2, -1]))
    expected_Z = principal.mean_Z + 2 * principal.components_KZ[0] - principal.components_KZ[1]
    np.testing.assert_allclose(point_Z, expected_Z, atol=1e-6)
    np.testing.assert_allclose(principal.project(point_Z[None])[0], [2, -1, 0, 0, 0, 0], atol=1e-5)
