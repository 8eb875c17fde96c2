import './ui/mantine.css';
import './ui/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { isApiError } from './api/error';
import { App } from './app/app';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');
createRoot(root, {
  // What the API said is shown on the page, and is no mistake of it.
  onCaughtError: (error) => {
    if (!isApiError(error)) reportError(error);
  },
}).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
