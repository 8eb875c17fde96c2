import { defineConfig } from '@playwright/test';
import config from './playwright.config';

/** `npm run screenshots`: the pictures of docs/dashboard/. */
export default defineConfig(config, { testMatch: 'screenshots/*.shots.ts', workers: 1, reporter: 'list' });
